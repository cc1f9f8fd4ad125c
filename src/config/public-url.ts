import type { PublicUrl } from "./types.ts";

const SHAPE = /^(https?):\/\/(\[[\da-f:.]+\]|[^\s/?#@\\:[\]]+)(?::(\d{1,5}))?\/?$/i;

/**
 * Reads `public_url`: scheme, host and port that Twilio was given. Host and port are kept as typed,
 * since Twilio signs what it was given.
 *
 * @returns `undefined` for anything else, a path, a query or userinfo included.
 */
export function parsePublicUrl(typed: string): PublicUrl | undefined {
  const [, scheme, host, port] = SHAPE.exec(typed) ?? [];
  if (scheme === undefined || host === undefined || !URL.canParse(typed)) return undefined;
  return { scheme: scheme.toLowerCase() === "http" ? "http" : "https", host, port };
}
