import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";

const root = join(import.meta.dirname, "..");

/** The releases of the changelog whose heading says that there is no way back from them. */
function releasesWithoutReturn(changelog: string): readonly string[] {
  return changelog.split(/^## /m).filter((release) => /^[^\n]*No way back/.test(release));
}

test("releasesWithoutReturn() finds a heading's mark, and no other mention", () => {
  const marked = "0.3.0 – No way back\n\nTag `v2`.\n";
  const changelog = `# Changelog\n\n**No way back** is a mark.\n\n## ${marked}\n## 0.2.0\n\nNo way back\n`;
  expect(releasesWithoutReturn(changelog)).toEqual([`${marked}\n`]);
});

test("CHANGELOG.md marks the release of each migration after the first: Cloudflare rolls none back", async () => {
  const marked = releasesWithoutReturn(await readFile(join(root, "CHANGELOG.md"), "utf8"));
  const { migrations } = readConfig(
    { config: join(root, "wrangler.toml") },
    { hideWarnings: true },
  );
  const unmarked = migrations
    .slice(1)
    .filter(
      ({ tag }: { readonly tag: string }) =>
        !marked.some((release) => release.includes(`\`${tag}\``)),
    );
  expect(unmarked).toEqual([]);
});
