import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ownEnv } from "./own-env.ts";

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/hookswitch-bundles");

/**
 * The path of the Worker's bundle as `wrangler deploy` would upload it, built when nothing has been built
 * from these very sources. Two that build at once do not disturb each other.
 */
export async function buildBundle(): Promise<string> {
  const folder = join(cache, await hashOfSources());
  const bundle = join(folder, "index.js");
  if (existsSync(bundle)) {
    return bundle;
  }
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, "building-"));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", fresh, "--config", join(root, "wrangler.toml")],
    {
      cwd: root,
      env: ownEnv({
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_SEND_ERROR_REPORTS: "false",
        WRANGLER_HIDE_BANNER: "true",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
      }),
    },
  );
  await rename(fresh, folder).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(bundle)) {
      throw error;
    }
  });
  return bundle;
}

async function hashOfSources(): Promise<string> {
  const sources = await readdir(join(root, "src"), { recursive: true, withFileTypes: true });
  const files = sources
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash("sha256");
  for (const file of [
    join(root, "wrangler.toml"),
    join(root, "package-lock.json"),
    ...files.toSorted(),
  ]) {
    hash
      .update(file)
      .update("\0")
      .update(await readFile(file))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** vitest's `globalSetup`: builds once, before the test files that need it start at the same time. */
export default async function setup(): Promise<void> {
  await buildBundle();
}
