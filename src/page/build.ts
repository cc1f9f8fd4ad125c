// `npm run build:page`: the page as static files in dist/page, unless these very sources are built there already.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "../..");
const built = join(root, "dist/page");
// Not in the folder itself: all that is in there is served.
const stamp = join(root, "dist/page.built-from");

await buildPage();

/** Two that build at once do not disturb each other, and whoever serves the folder meanwhile finds one whole page in it. */
async function buildPage(): Promise<void> {
  const sources = hashOfSources();
  if (existsSync(built) && (await readFile(stamp, "utf8").catch(() => "")) === sources) return;
  // Whatever runs this may have another: with vitest's "test" the page would be a developer's, with the paths of
  // these sources in it, and be taken for the one to deploy.
  process.env["NODE_ENV"] = "production";
  const { build } = await import("vite");
  await mkdir(join(root, "dist"), { recursive: true });
  const fresh = await mkdtemp(join(root, "dist/page-"));
  await build({
    root: import.meta.dirname,
    configFile: false,
    base: "/_log/",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: "es2024",
      // Nothing is inlined: the page's policy lets no inline script or style run.
      assetsInlineLimit: 0,
      modulePreload: false,
    },
  });
  const old = await mkdtemp(join(root, "dist/old-"));
  await rename(built, join(old, "page")).catch(() => undefined);
  await rename(fresh, built).catch(() => undefined);
  await writeFile(stamp, sources);
  await Promise.all([old, fresh].map((path) => rm(path, { recursive: true, force: true })));
}

/** All that the page is made of: its own files, the pure ones that it takes from others, what is installed. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [join(root, "package-lock.json"), ...sources.toSorted()])
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}
