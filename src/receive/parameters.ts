import type { Parameters } from "./webhook.ts";

const AMPERSAND = 0x26;

/** A BOM is a character like any other: it was signed. */
const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/**
 * Decodes a form body.
 *
 * What is not UTF-8 becomes U+FFFD, as in Twilio's own libraries; the body itself is forwarded as bytes.
 *
 * @param body As received: anything at all.
 */
export function parseForm(body: Uint8Array): Parameters {
  const known = parsed.get(body);
  if (known !== undefined) return known;
  const parameters = decode(utf8.decode(body));
  parsed.set(body, parameters);
  return parameters;
}

/** A body is looked into to verify it, for its sids, and for its numbers; nothing ever writes into one. */
const parsed = new WeakMap<Uint8Array, Parameters>();

/**
 * Decodes a query into names and values. For reading them only: the signature covers the text.
 *
 * @param query As received, without the `?` in front of it; `undefined` when there is none.
 */
export function parseQuery(query: string | undefined): Parameters {
  return decode(query ?? "");
}

/**
 * Whether a form body may hold more than `limit` parameters: tells without decoding it, and stops as soon
 * as it knows.
 */
export function exceedsParameters(body: Uint8Array, limit: number): boolean {
  let separators = 0;
  let at = body.indexOf(AMPERSAND);
  while (at !== -1 && separators < limit) {
    separators += 1;
    at = body.indexOf(AMPERSAND, at + 1);
  }
  return separators >= limit;
}

/** Whether the content type says form; parameters after a `;` and the case do not matter. An attacker may choose it: it is not signed. */
export function isForm(headers: Headers): boolean {
  const [essence = ""] = (headers.get("content-type") ?? "").split(";");
  return essence.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

function decode(form: string): Parameters {
  // URLSearchParams takes one leading "?" off its argument; the one given to it here, so that a name may start with one.
  return [...new URLSearchParams(`?${form}`)];
}
