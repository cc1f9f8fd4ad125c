import type { PublicUrl, Route, Target } from "../config/types.ts";
import type { AnsweredReply } from "../check/answer.ts";
import { endToEndHeaders } from "../forward/hop-by-hop.ts";
import { pathSpace, toOwnPath, withoutSlash, type PathSpace } from "../forward/path-space.ts";
import { authority, calledUrl, headerSafe } from "../forward/public-url.ts";
import { isInside } from "../forward/target-url.ts";
import type { RawUrl } from "../receive/webhook.ts";

/** Where an answer came from and where it goes to. */
export interface AnswerContext {
  /** A fallback's cookies and redirects are not the origin's: they go to its own host, or nowhere. */
  readonly to: "origin" | "fallback";
  /** Who answered: the origin's target or the fallback's. */
  readonly target: Target;
  readonly route: Route;
  /** The webhook's. */
  readonly rawUrl: RawUrl;
  readonly publicUrl: PublicUrl | undefined;
  /** The URL that was asked, as sent: relative locations are relative to it. */
  readonly requestUrl: string;
}

/**
 * What does not hold for the answer as Twilio gets it: the length and coding on the way here, and the
 * other protocols and ports of a host that is not the proxy's.
 */
const NOT_ANSWERED: ReadonlySet<string> = new Set([
  "content-length",
  "content-encoding",
  "alt-svc",
  "set-cookie",
]);

/**
 * Makes the headers of the answer out of those of an origin's or a fallback's reply.
 *
 * Dropped: headers of one connection and those that `Connection` names, `Content-Length` and
 * `Content-Encoding` (the body is decoded), `Alt-Svc`, incoming `Hookswitch-*`. Rewritten so that they
 * still work through the proxy: `Location` and `Set-Cookie`. Everything else is passed as it came.
 *
 * @returns Names in lower case, `Set-Cookie` last and once for each cookie.
 */
export function answerHeaders(
  reply: Pick<AnsweredReply, "headers" | "setCookies">,
  context: AnswerContext,
): readonly (readonly [name: string, value: string])[] {
  const isOrigins = context.to === "origin";
  const space = isOrigins
    ? pathSpace(context.target, context.route, context.rawUrl.path)
    : undefined;
  const kept = endToEndHeaders(reply.headers)
    .filter(([name]) => !NOT_ANSWERED.has(name) && !name.startsWith("hookswitch-"))
    .map(
      ([name, value]) =>
        [name, name === "location" ? rewriteLocation(value, context, space) : value] as const,
    );
  const cookies = (isOrigins ? reply.setCookies : [])
    .map((cookie) => rewriteCookie(cookie, space))
    .filter((cookie) => cookie !== undefined)
    .map((cookie) => ["set-cookie", cookie] as const);
  return [...kept, ...cookies];
}

/**
 * Maps a location inside of the target back to the public URL; any other is made absolute, so that it
 * still leads to the target's host. The target's own query, which may hold a secret and is added to
 * every request anyway, is taken off; the fragment is kept, since Twilio reads connection overrides there.
 */
function rewriteLocation(
  location: string,
  context: AnswerContext,
  space: PathSpace | undefined,
): string {
  const { target } = context;
  const url = URL.parse(location, context.requestUrl);
  if (url === null) return location;
  const path =
    space !== undefined && isInside(target, sameScheme(url, target))
      ? toOwnPath(space, url.pathname)
      : undefined;
  if (path === undefined) return url.href;
  const called = calledUrl(context.rawUrl, context.publicUrl);
  const query = withoutOwnQuery(url.search, target.query);
  return headerSafe(`${called.scheme}://${authority(called)}${path}${query}${url.hash}`);
}

/** Applications that are not told how they were reached often write `http` where `https` was meant. */
function sameScheme(url: URL, target: Target): URL {
  if (url.protocol !== "http:" || url.port !== "") return url;
  const copy = new URL(url);
  copy.protocol = new URL(target.base).protocol;
  return copy;
}

/** Wherever its pairs stand: frameworks sort. */
function withoutOwnQuery(search: string, own: string | undefined): string {
  if (own === undefined || own === "" || search === "") return search;
  const ownPairs = new Set(own.split("&"));
  const kept = search
    .slice(1)
    .split("&")
    .filter((pair) => !ownPairs.has(pair));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

/**
 * Rewrites a cookie for the proxy's host and paths. `Domain` is dropped; `Path` is mapped, `/` stays,
 * and one that leads out of the target becomes the route's own.
 *
 * @returns `undefined` for a cookie without a name or with control characters: Twilio gives up on the
 *   whole answer for it (11206).
 */
function rewriteCookie(cookie: string, space: PathSpace | undefined): string | undefined {
  const [pair = "", ...attributes] = cookie.split(";").map((part) => part.trim());
  // oxlint-disable-next-line eslint/no-control-regex -- it is control characters that are looked for
  if (pair.indexOf("=") < 1 || /[\x00-\x1f\x7f]/.test(cookie)) return undefined;
  const kept = attributes
    .filter((attribute) => attributeName(attribute) !== "domain")
    .map((attribute) =>
      attributeName(attribute) === "path" ? rewritePath(attribute, space) : attribute,
    );
  return [pair, ...kept].join("; ");
}

function attributeName(attribute: string): string {
  return (attribute.split("=", 1)[0] ?? "").trim().toLowerCase();
}

/** Cookies go by whole segments: the path without its last slash matches both with and without. */
function rewritePath(attribute: string, space: PathSpace | undefined): string {
  const path = attribute.slice(attribute.indexOf("=") + 1).trim();
  if (!attribute.includes("=") || !path.startsWith("/") || path === "/" || space === undefined)
    return attribute;
  return `Path=${headerSafe(toOwnPath(space, path) ?? withoutSlash(space.own))}`;
}
