import { isForm, parseForm } from "../receive/parameters.ts";
import { utf8 } from "../shared/utf8.ts";
import { isKeypadOrCard, isNeverKept, mayHoldNeverKept } from "../twilio/parameters.ts";

/** What is left of a text or of bytes, and whether something was taken out that a replay would need. */
export interface Redacted<T> {
  readonly kept: T;
  readonly isRedacted: boolean;
}

/** Headers that are kept nowhere. */
const SECRET_HEADERS = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-twilio-signature",
  "cf-connecting-ip",
  "x-forwarded-for",
  "x-real-ip",
]);

/** Headers of a request as they may be kept: no credentials, no cookies, no signature, no client address. */
export function redactHeaders(
  headers: Headers,
): readonly (readonly [name: string, value: string])[] {
  return [...headers].filter(([name]) => !SECRET_HEADERS.has(name));
}

/**
 * Empties, in a raw query or form, the values of parameters that must not be kept (G8). Everything
 * else stays to the letter.
 * @param encoded Names and values percent-encoded, pairs separated by `&`.
 */
export function redactEncoded(encoded: string): Redacted<string> {
  if (!mayHoldNeverKept(encoded)) return { kept: encoded, isRedacted: false };
  let isRedacted = false;
  const kept = encoded.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const name = decodeText(at < 0 ? pair : pair.slice(0, at));
    if (at < 0 || at === pair.length - 1) return pair;
    if (isNeverKept(name)) {
      isRedacted ||= isKeypadOrCard(name);
      return pair.slice(0, at + 1);
    }
    const nested = redactNested(decodeText(pair.slice(at + 1)));
    if (nested === undefined) return pair;
    isRedacted ||= nested.isRedacted;
    return pair.slice(0, at + 1) + encodeURIComponent(nested.kept);
  });
  return { kept: kept.join("&"), isRedacted };
}

/** The same for a body, by its content type: a form, or JSON. Other bodies stay as they are. */
export function redactBody(
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
): Redacted<Uint8Array<ArrayBuffer>> {
  const text = new TextDecoder().decode(body);
  if (!mayHoldNeverKept(text)) return { kept: body, isRedacted: false };
  if (isForm(headers)) {
    // Each byte a character and back: whatever is not taken out stays to the byte.
    const redacted = redactEncoded(Array.from(body, (byte) => String.fromCharCode(byte)).join(""));
    const kept = new Uint8Array(redacted.kept.length);
    for (let at = 0; at < kept.length; at++) kept[at] = redacted.kept.charCodeAt(at);
    return { kept, isRedacted: redacted.isRedacted };
  }
  const nested = redactNested(text);
  if (nested === undefined) return { kept: body, isRedacted: false };
  return {
    kept: utf8(nested.kept),
    isRedacted: nested.isRedacted,
  };
}

/**
 * Takes the same names out of a value that holds others: JSON (a Debugger payload, an event) or a URL
 * with a query (`ErrorUrl`).
 * @returns `undefined` when there is nothing to take out.
 */
function redactNested(text: string): Redacted<string> | undefined {
  if (/^\s*[[{]/.test(text)) {
    try {
      let isChanged = false;
      let isRedacted = false;
      const kept = JSON.stringify(JSON.parse(text), (name, value: unknown) => {
        if (typeof value === "string" && value !== "" && !isNeverKept(name)) {
          const nested = redactNested(value);
          if (nested === undefined) return value;
          isChanged = true;
          isRedacted ||= nested.isRedacted;
          return nested.kept;
        }
        if (value === "" || value === null || !isNeverKept(name)) return value;
        isChanged = true;
        isRedacted ||= isKeypadOrCard(name);
        return "";
      });
      return isChanged ? { kept, isRedacted } : undefined;
    } catch {
      return undefined;
    }
  }
  const at = /^https?:\/\//.test(text) ? text.indexOf("?") : -1;
  if (at < 0) return undefined;
  const query = redactEncoded(text.slice(at + 1));
  return query.kept === text.slice(at + 1)
    ? undefined
    : { kept: text.slice(0, at + 1) + query.kept, isRedacted: query.isRedacted };
}

function decodeText(encoded: string): string {
  const bytes = Uint8Array.from(`n=${encoded}`, (character) => character.charCodeAt(0) & 0xff);
  return parseForm(bytes)[0]?.[1] ?? "";
}
