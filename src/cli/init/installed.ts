import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { isTable } from "../../shared/table.ts";

/** Where the package is, seen from a folder. */
export interface Installed {
  /** The folder of the log's page, with `/` between its parts, as a `wrangler.toml` in that folder names it. */
  readonly page: string;
  /** `false`: it is not there yet, and `page` is where npm will put it. */
  readonly isInstalled: boolean;
}

/**
 * Looks for the installed package as Node does: in `node_modules` of the folder, then of each folder above. A
 * workspace has it in the one of its root, mostly. The way leads through `node_modules`, not to
 * where a link there points, so that it stays right when another version is put there.
 *
 * @param folder Absolute.
 */
export function findInstalled(folder: string): Installed {
  const above = withParents(folder);
  const home = above.find((each) => existsSync(join(each, packageFolder, "package.json")));
  const root = above.find((each) => hasWorkspaces(each)) ?? folder;
  const way = relative(folder, join(home ?? root, packageFolder, "dist/page"));
  return { page: way.split(sep).join("/"), isInstalled: home !== undefined };
}

/** Whether a folder is a clone of Hookswitch itself. */
export function isClone(folder: string): boolean {
  return (
    readManifest(folder)["name"] === "hookswitch" && existsSync(join(folder, "src/pipeline.ts"))
  );
}

const packageFolder = "node_modules/hookswitch";

function withParents(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

function hasWorkspaces(folder: string): boolean {
  return Object.hasOwn(readManifest(folder), "workspaces");
}

function readManifest(folder: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return isTable(manifest) ? manifest : {};
  } catch {
    return {}; // none, or npm will say what is wrong with it
  }
}
