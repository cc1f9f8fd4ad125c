import type { Unstable_Config } from "wrangler";
import type { Remark } from "../config/report.ts";
import type { Table } from "../shared/table.ts";

/** Whether KV is bound as `ANSWERS`. */
export function hasKv(config: Unstable_Config): boolean {
  return config.kv_namespaces.some(({ binding }) => binding === "ANSWERS");
}

/**
 * Of an environment: what the top level has and it has not, which wrangler tells in passing if at all, and the
 * address that it has from there.
 *
 * @param where What stands before its keys: nothing for the top level, of which nothing is told.
 */
export function environmentWarnings(
  levels: { readonly top: Unstable_Config; readonly own: Unstable_Config; readonly written: Table },
  where: string,
): readonly Remark[] {
  if (where === "") return [];
  const { top, own, written } = levels;
  return [...notInherited(top, own, where), ...takenOver(written, own, where)];
}

function notInherited(
  top: Unstable_Config,
  own: Unstable_Config,
  where: string,
): readonly Remark[] {
  const lost = Object.keys(top.vars)
    .filter((name) => !Object.hasOwn(own.vars, name))
    .map((name) => ({
      key: `${where}vars.${name}`,
      message: `set at the top level only; environments inherit no vars: repeat it as ${where}vars.${name}`,
    }));
  if (!hasKv(top) || hasKv(own)) return lost;
  const message = `ANSWERS is bound at the top level only; environments inherit no kv_namespaces: write binding = "ANSWERS" below [[${where}kv_namespaces]]`;
  return [...lost, { key: `${where}kv_namespaces`, message }];
}

/** Addresses are inherited: of two Workers with the same one, the last that is deployed has it. */
function takenOver(written: Table, own: Unstable_Config, where: string): readonly Remark[] {
  if (Object.hasOwn(written, "routes")) return [];
  // A `route` of its own does not keep the top level's `routes` away: wrangler takes these first.
  const single = Object.hasOwn(written, "route") || own.route === undefined ? [] : [own.route];
  const routes = own.routes ?? single;
  if (routes.length === 0) return [];
  const patterns = routes.map((route) => (typeof route === "string" ? route : route.pattern));
  const message = `inherited from the top level: deploying this environment takes ${patterns.join(", ")} away from the Worker there; give it routes of its own, or routes = []`;
  return [{ key: `${where}routes`, message }];
}
