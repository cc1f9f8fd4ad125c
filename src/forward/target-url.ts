import type { Route, Target } from "../config/types.ts";
import { isPathAllowed } from "../receive/route.ts";
import type { RawUrl } from "../receive/webhook.ts";
import { pathSpace, toTargetPath, withoutSlash } from "./path-space.ts";

/**
 * Works out the URL that a webhook is forwarded to: the target's path and, of a prefix, the rest of
 * the received one; the target's own query and then the received one, `bodySHA256` included.
 *
 * It is what `fetch()` puts on the wire, and so what the new signature covers. The received path and
 * query are chosen by whoever sent them: the result never leaves the target's scheme, host, port and path.
 *
 * @param rawUrl The received one; `route` took it.
 * @returns As WHATWG serialises it, or `undefined` when it would lie outside of the target.
 */
export function originUrl(target: Target, route: Route, rawUrl: RawUrl): string | undefined {
  if (!isPathAllowed(rawUrl.path)) return undefined;
  const space = pathSpace(target, route, rawUrl.path);
  const path = space === undefined ? undefined : toTargetPath(space, rawUrl.path);
  if (path === undefined) return undefined;

  const url = parse(`${target.base}${path}${joinQueries(target.query, rawUrl.query)}`);
  return url !== undefined && isInside(target, url) ? url.href : undefined;
}

/**
 * Tells whether a URL lies in the target's own space: the same scheme, host and port, and its path or,
 * of a prefix, one below it or the prefix without its slash.
 */
export function isInside(target: Target, url: URL): boolean {
  if (url.origin !== target.base) return false;
  if (url.pathname === target.path) return true;
  if (!target.isPrefix) return false;
  return url.pathname.startsWith(target.path) || url.pathname === withoutSlash(target.path);
}

/** A bare `?` is kept where nothing else is. */
function joinQueries(own: string | undefined, received: string | undefined): string {
  const queries = [own, received].filter((query) => query !== undefined);
  return queries.length === 0 ? "" : `?${queries.filter((query) => query !== "").join("&")}`;
}

function parse(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}
