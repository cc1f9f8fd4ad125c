import type { RawUrl } from "./webhook.ts";

/** Userinfo goes up to the last `@`; what WHATWG would read as the start of a path (`\`) is no host. */
const SHAPE =
  /^(https?):\/\/(?:[^/?#\\]*@)?(\[[0-9a-f:.]+\]|[^/?#\\@:[\]]+)(?::(\d*))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/is;

/**
 * Cuts a request's URL into its parts as text: nothing is decoded, encoded or lower-cased but the scheme.
 *
 * Userinfo and fragment are dropped, since Twilio does not sign them. A missing path becomes `/`,
 * which is what stands on the wire.
 *
 * @param url `request.url`, chosen by whoever sent it.
 * @returns `undefined` when it is no http(s) URL with a host.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-10.
 */
export function parseRawUrl(url: string): RawUrl | undefined {
  const [, scheme, host, port, path = "/", query] = SHAPE.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  return { scheme: scheme.toLowerCase(), host, port, path, query };
}
