import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Builds the log's page where it is not built from these very sources, and tells the folder it is in. */
export function builtPage(): string {
  execFileSync(process.execPath, [join(root, "src/page/build.ts")], { stdio: "inherit" });
  return join(root, "dist/page");
}
