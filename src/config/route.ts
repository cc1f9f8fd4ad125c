import { isPathAllowed, normalisePath } from "../receive/route.ts";
import type { Report } from "./report.ts";
import { type OpenTable, text, textFor } from "./shapes.ts";
import { showUrl } from "./show.ts";
import type { Route } from "./types.ts";

/** Hookswitch's own paths, and all below them. */
const reserved = ["/_log", "/_health"];

/**
 * Reads an origin's `path` and `host`.
 *
 * @param report The origin's; takes what is wrong.
 * @returns `undefined` when the path cannot be used, or the host: without it, it would take too much.
 */
export function parseRoute(table: OpenTable, report: Report): Route | undefined {
  const typed = table.required("path", textFor("a path such as /sms or /voice/*"));
  const typedHost = table.optional("host", text, undefined);
  const host = typedHost === undefined ? undefined : parseHost(typedHost);
  if (typedHost !== undefined && host === undefined) {
    report
      .at("host")
      .problem(`expected a host name without scheme, port and path, found ${showUrl(typedHost)}`);
  }
  if (typed === undefined) return undefined;
  const path = parsePath(typed);
  if (path === undefined) {
    report
      .at("path")
      .problem(
        `expected a path such as /sms or /voice/*, without query, dot segments and backslashes, found ${showUrl(typed)}`,
      );
    return undefined;
  }
  const normalisedPath = normalisePath(path.typedPath);
  const own = reservedPath(normalisedPath);
  if (own !== undefined) {
    report
      .at("path")
      .problem(`expected a path outside of Hookswitch's own ${own}, found ${showUrl(typed)}`);
  }
  if (typedHost !== undefined && host === undefined) return undefined;
  return { host, ...path, normalisedPath };
}

/** Which of Hookswitch's own paths a path lies at or under; `undefined` for none. */
export function reservedPath(path: string): string | undefined {
  return reserved.find((own) => `${path}/`.startsWith(`${own}/`));
}

/** What two routes that take the same requests have in common. */
export function routeKey(route: Route): string {
  return `${route.host ?? "*"} ${route.kind} ${route.normalisedPath}`;
}

function parsePath(typed: string): Pick<Route, "kind" | "typedPath"> | undefined {
  const kind = typed.endsWith("/*") ? "prefix" : "exact";
  const typedPath = kind === "prefix" ? typed.slice(0, -1) : typed;
  const isUsable =
    typedPath.startsWith("/") && !/[\s?#*\p{Cc}]/u.test(typedPath) && isPathAllowed(typedPath);
  return isUsable ? { kind, typedPath } : undefined;
}

/** As WHATWG serialises it: lower case, other scripts as punycode. */
function parseHost(typed: string): string | undefined {
  if (/[\s/?#@\\:\p{Cc}]/u.test(typed.replace(/^\[[\da-f:.]+\]$/i, ""))) return undefined;
  return URL.canParse(`https://${typed}/`) ? new URL(`https://${typed}/`).hostname : undefined;
}
