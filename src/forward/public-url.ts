import type { PublicUrl } from "../config/types.ts";
import type { RawUrl } from "../receive/webhook.ts";

/**
 * Tells the URL that Twilio called: the received one, with scheme, host and port of the configured
 * `public_url` where there is one. Path and query are always the request's.
 */
export function calledUrl(rawUrl: RawUrl, configured: PublicUrl | undefined): RawUrl {
  return { ...rawUrl, ...configured };
}

/** Host and port as they stand in a URL. */
export function authority({ host, port }: Pick<RawUrl, "host" | "port">): string {
  return port === undefined ? host : `${host}:${port}`;
}

/** The text of a URL, put together again and nothing re-encoded. */
export function urlText(url: RawUrl): string {
  return `${url.scheme}://${authority(url)}${url.path}${url.query === undefined ? "" : `?${url.query}`}`;
}

/**
 * Makes a URL fit for a header: everything but visible ASCII is percent-encoded, as UTF-8. What is
 * encoded already stays as it is, so that the URL can still be compared with the one that was signed.
 */
export function headerSafe(url: string): string {
  return url.replace(/[^\x21-\x7e]+/g, (text) =>
    Array.from(
      new TextEncoder().encode(text),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    ).join(""),
  );
}
