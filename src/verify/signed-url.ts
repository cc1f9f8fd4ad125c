import type { ReceivingOrigin, Route } from "../config/types.ts";
import type { RawUrl, ReceivedWebhook } from "../receive/webhook.ts";
import type { CandidateName } from "./verified-webhook.ts";

/** A text that Twilio may have signed for the URL received. */
export interface SignedUrl {
  readonly name: CandidateName;
  /** Without userinfo and fragment. */
  readonly url: string;
}

/**
 * Lists the texts that Twilio may have signed for the URL received, likeliest first, at most eight, each once.
 *
 * Every one means the same request as the one received, or a captured signature would vouch for another:
 *
 * 1. the URL as received; of a WebSocket handshake with `wss` in place of `https`
 * 2. without its port: Twilio drops it for some products
 * 3. with `:443` or `:80`, where none was received
 * 4. with the origin's `path` as typed in the configuration, where it is the received one to URL
 *    normalisation, which runs before the Worker
 * 5. for GET, with `'` for `%27`, as received and without port: Twilio escapes after signing
 * 6. for GET, with `@` for `%40` and `:` for `%3A`, as received and without port: SIP addresses
 *
 * With `public_url` its scheme, host and port stand in for the received ones in all of these.
 *
 * @param origin The one whose route took it; `undefined` when none did.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security (ports) and
 *   https://github.com/twilio/twilio-node/issues/1059 (apostrophes), pull request 621 (SIP); read 2026-10.
 */
export function signedUrls(
  webhook: Pick<ReceivedWebhook, "method" | "rawUrl" | "isWebSocketHandshake">,
  origin: Pick<ReceivingOrigin, "publicUrl" | "route"> | undefined,
): readonly SignedUrl[] {
  const url = called(webhook, origin);
  const defaultPort = url.scheme === "https" || url.scheme === "wss" ? "443" : "80";
  const candidates: [CandidateName, RawUrl][] = [
    ["raw", url],
    ["without-port", withoutPort(url)],
    ["default-port", { ...url, port: url.port ?? defaultPort }],
    ["typed-path", { ...url, path: asTyped(url.path, origin?.route) }],
  ];
  if (webhook.method === "GET" && !webhook.isWebSocketHandshake) {
    const apostrophe = { ...url, query: url.query?.replaceAll("%27", "'") };
    const sip = { ...url, query: url.query?.replaceAll("%40", "@").replaceAll(/%3a/gi, ":") };
    candidates.push(
      ["apostrophe", apostrophe],
      ["apostrophe-without-port", withoutPort(apostrophe)],
      ["sip", sip],
      ["sip-without-port", withoutPort(sip)],
    );
  }
  return distinct(candidates.map(([name, candidate]) => ({ name, url: text(candidate) })));
}

/** The URL that Twilio called, as far as the configuration knows better than the request. */
function called(
  webhook: Pick<ReceivedWebhook, "rawUrl" | "isWebSocketHandshake">,
  origin: Pick<ReceivingOrigin, "publicUrl"> | undefined,
): RawUrl {
  const url = { ...webhook.rawUrl, ...origin?.publicUrl };
  if (!webhook.isWebSocketHandshake) return url;
  return { ...url, scheme: url.scheme === "https" ? "wss" : "ws" };
}

function withoutPort(url: RawUrl): RawUrl {
  return { ...url, port: undefined };
}

/** The configured spelling of a path that arrived normalised; any other path as it is. */
function asTyped(path: string, route: Route | undefined): string {
  if (route === undefined) return path;
  const { kind, typedPath, normalisedPath } = route;
  if (kind === "exact") return path === normalisedPath ? typedPath : path;
  if (path.startsWith(normalisedPath)) return typedPath + path.slice(normalisedPath.length);
  return `${path}/` === normalisedPath ? typedPath.slice(0, -1) : path;
}

function text({ scheme, host, port, path, query }: RawUrl): string {
  const authority = port === undefined ? host : `${host}:${port}`;
  return `${scheme}://${authority}${path}${query === undefined ? "" : `?${query}`}`;
}

function distinct(candidates: readonly SignedUrl[]): readonly SignedUrl[] {
  return candidates.filter(
    ({ url }, index) => candidates.findIndex((other) => other.url === url) === index,
  );
}
