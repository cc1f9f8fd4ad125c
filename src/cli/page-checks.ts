import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Unstable_Config } from "wrangler";
import type { Remark } from "../config/report.ts";
import { findInstalled } from "./init/installed.ts";

/** The settings of the page's assets; environments inherit them, or have all of their own. */
const settings = [
  { name: "binding", wanted: "PAGE", loss: "the log has no page" },
  {
    name: "run_worker_first",
    wanted: true,
    loss: "files are served before the Worker has seen the request, without the page's headers",
  },
  { name: "html_handling", wanted: "none", loss: "the page is answered with a redirect" },
] as const;

/**
 * Checks that the log's page is where it is looked for, and that the Worker comes before it. Without `assets` there
 * is no page, which is somebody's decision.
 *
 * @param folder The file's, absolute: the directory is named from there.
 * @param keyOf The key under which a field of the file is set.
 */
export function pageRemarks(
  { assets, build }: Unstable_Config,
  folder: string,
  keyOf: (field: string) => string,
): { readonly problems: readonly Remark[]; readonly warnings: readonly Remark[] } {
  if (assets === undefined) return { problems: [], warnings: [] };
  const key = keyOf("assets");
  const wrong = settings
    .filter(({ name, wanted }) => assets[name] !== wanted)
    .map(({ name, wanted, loss }) => ({
      key: `${key}.${name}`,
      message: `expected ${JSON.stringify(wanted)}, found ${JSON.stringify(assets[name]) ?? "none"}: ${loss}`,
    }));
  // Whatever is built on the way need not be there yet.
  if (build.command !== undefined) return { problems: wrong, warnings: [] };

  const { page, isInstalled } = findInstalled(folder);
  const mend = isInstalled ? `: write directory = "${page}"` : "";
  const { directory } = assets;
  if (directory === undefined || !existsSync(join(folder, directory, "index.html"))) {
    const found = directory === undefined ? "none" : `no index.html in "${directory}"`;
    const message = `expected the folder of the log's page, found ${found}${mend || ": npm install"}`;
    return { problems: [...wrong, { key: `${key}.directory`, message }], warnings: [] };
  }
  const isOther = isInstalled && resolve(folder, page) !== resolve(folder, directory);
  const message = `not that of the installed package, so npm update does not renew it${mend}`;
  return { problems: wrong, warnings: isOther ? [{ key: `${key}.directory`, message }] : [] };
}
