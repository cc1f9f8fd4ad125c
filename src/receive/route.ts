import type { BrokenOrigin, Config, OriginConfig, ReportOrigin, Route } from "../config/types.ts";
import type { RawUrl } from "./webhook.ts";

/** Who takes a request. */
export type RouteMatch =
  | { readonly kind: "origin"; readonly origin: OriginConfig | ReportOrigin }
  /** An origin that the configuration stops: its webhooks go nowhere else. */
  | { readonly kind: "misconfigured"; readonly name: string }
  | { readonly kind: "none" };

/**
 * Decides which origin takes a request, by the raw host and path.
 *
 * A route with a host goes before one without, an exact one before a prefix, a longer prefix before
 * a shorter one. A broken origin keeps its place in that order: its webhooks must not fall through to
 * another one's application. Between equal routes, which the configuration refuses, it wins.
 *
 * @param rawUrl Chosen by whoever sent it; its path passed {@link isPathAllowed}.
 */
export function matchRoute(
  rawUrl: RawUrl,
  config: Pick<Config, "origins" | "reportOrigins" | "brokenOrigins">,
): RouteMatch {
  const host = rawUrl.host.toLowerCase();
  let best: OriginConfig | ReportOrigin | BrokenOrigin | undefined;
  let bestRoute: Route | undefined;
  for (const origin of [...config.brokenOrigins, ...config.origins, ...config.reportOrigins]) {
    const { route } = origin;
    if (route === undefined || !takes(route, host, rawUrl.path)) continue;
    if (bestRoute !== undefined && !goesBefore(route, bestRoute)) continue;
    best = origin;
    bestRoute = route;
  }
  if (best === undefined) return { kind: "none" };
  return "takes" in best
    ? { kind: "origin", origin: best }
    : { kind: "misconfigured", name: best.name };
}

function takes(route: Route, host: string, path: string): boolean {
  if (route.host !== undefined && route.host !== host) return false;
  return [route.typedPath, route.normalisedPath].some((own) =>
    // `/voice/*` takes `/voice` too
    route.kind === "exact" ? path === own : path.startsWith(own) || `${path}/` === own,
  );
}

function goesBefore(a: Route, b: Route): boolean {
  if ((a.host === undefined) !== (b.host === undefined)) return a.host !== undefined;
  if (a.kind !== b.kind) return a.kind === "exact";
  return a.normalisedPath.length > b.normalisedPath.length;
}

/**
 * One or two dots, also `%2e`, between separators. `%2f` counts as one because many servers decode before
 * they resolve, `;` because Java ones take off what follows it first (`/..;/admin`).
 */
const DOT_SEGMENT = /(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|;|%3b|$)/i;

/**
 * A backslash, which is a slash to `fetch()` and to many servers. Also as `%5c`: a zone that normalises
 * by RFC 3986 turns the one into the other before the Worker sees it, and some origins turn it back.
 * And what `fetch()` drops without a trace, so that `/.<tab>./` would climb.
 */
const NOT_IN_A_PATH = /\\|%5c|[\t\n\r]/i;

/**
 * Whether a path means the same place to `fetch()` and to the origin's server as it does here.
 * If not it could leave the origin's prefix, and no webhook of Twilio's needs it.
 *
 * @param path Raw, starts with `/`; chosen by whoever sent it.
 */
export function isPathAllowed(path: string): boolean {
  return !NOT_IN_A_PATH.test(path) && !DOT_SEGMENT.test(path);
}

/**
 * Tells what a path typed in the configuration looks like once `fetch()`, a local proxy or the zone's
 * URL normalisation (on by default) has been over it. For matching and never for sending.
 *
 * @param path Starts with `/`. A `?` or `#` in it becomes part of the path.
 * @returns WHATWG's serialisation, and further by RFC 3986: unreserved characters decoded, hexadecimal
 *   digits in upper case, `|` and `^` encoded.
 * @see https://developers.cloudflare.com/rules/normalization/how-it-works read 2026-11.
 */
export function normalisePath(path: string): string {
  const url = new URL("https://host");
  url.pathname = path;
  return url.pathname
    .replace(/%[0-9a-f]{2}/gi, (encoded) => {
      const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
      return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
    })
    .replaceAll("|", "%7C")
    .replaceAll("^", "%5E");
}
