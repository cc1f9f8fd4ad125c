import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtPage } from "./page.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "node_modules/.cache/hookswitch-worker-tests");

/**
 * The path of a copy of `wrangler.toml` that has no `.dev.vars` and no `.env` beside it.
 *
 * Wrangler gives a Worker what stands in those, and there is no option against it (4.155.0): a user's own
 * auth token for the account of the tests would refuse every webhook that they sign. `main` of the
 * copy leads nowhere and has to be given in its place.
 */
export function isolatedConfig(): string {
  // Without a `.dev.vars` wrangler looks for `.env`, and may add the environment of this very process.
  process.env["CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV"] = "false";
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, "wrangler.toml");
  // The plugin runs no command of the file, and takes its folders from beside it.
  writeFileSync(
    copy,
    readFileSync(join(root, "wrangler.toml"), "utf8").replace('"dist/page"', `"${builtPage()}"`),
  );
  return copy;
}
