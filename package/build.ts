// `npm pack` runs this first: what the package holds, as JavaScript, since Node runs no TypeScript under node_modules.
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

const root = join(import.meta.dirname, "..");

await import("../src/page/build.ts");
await bundle("src/cli/main.ts", "dist/cli");
await bundle("src/index.ts", "dist/worker");
await copyFile(join(root, "package/index.d.ts"), join(root, "dist/worker/index.d.ts"));

/**
 * Bundles our own files; what is in `dependencies` stays an import, for npm to install and to mend. Not
 * minified: wrangler does that, and a stack trace of the command is to be read.
 */
async function bundle(entry: string, folder: string): Promise<void> {
  const outDir = join(root, folder);
  await rm(outDir, { recursive: true, force: true });
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    ssr: { target: "node" },
    build: {
      ssr: join(root, entry),
      outDir,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        external: [/^cloudflare:/u],
        output: { chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}
