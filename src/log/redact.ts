import type { Answer } from "../check/answer-types.ts";
import { isForm } from "../receive/parameters.ts";
import { binaryText } from "../shared/binary-text.ts";
import { utf8 } from "../shared/utf8.ts";
import { nestedKind, withUrls } from "./nested.ts";
import {
  isKeypadOrCard,
  isNeverKept,
  mayHoldNeverKept,
  neverKeptAssignments,
} from "../twilio/parameters.ts";

/** What is left of a text or of bytes, and whether something was taken out that a replay would need. */
export interface Redacted<T> {
  readonly kept: T;
  readonly isRedacted: boolean;
}

/** Headers that are kept nowhere: credentials, cookies, the signature, where the client was. */
const SECRET_HEADERS = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "referer",
  "forwarded",
  "x-twilio-signature",
  "x-forwarded-for",
  "x-real-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "cf-pseudo-ipv4",
]);

/** Values in values are looked into so deep (a form's JSON with a URL in it is 3); what is deeper goes as a whole. */
const MAX_DEPTH = 3;

/** Headers of a request as they may be kept. */
export function redactHeaders(
  headers: Headers,
): readonly (readonly [name: string, value: string])[] {
  return [...headers].filter(([name]) => !SECRET_HEADERS.has(name));
}

/**
 * Empties, in a raw query or form, the values of parameters that must not be kept (G8). Everything
 * else stays to the letter. What may hold one and cannot be read is emptied as a whole.
 *
 * @param encoded Names and values percent-encoded, pairs separated by `&`.
 */
export function redactEncoded(encoded: string): Redacted<string> {
  return redactPairs(encoded, 0);
}

/** The same for a body: a form by its content type, anything else by what it looks like. */
export function redactBody(
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
): Redacted<Uint8Array<ArrayBuffer>> {
  const text = new TextDecoder().decode(body);
  if (!mayHoldNeverKept(text)) return { kept: body, isRedacted: false };
  if (isForm(headers)) {
    // Each byte a character and back: whatever is not taken out stays to the byte.
    const redacted = redactPairs(binaryText(body), 0);
    const kept = new Uint8Array(redacted.kept.length);
    for (let at = 0; at < kept.length; at++) kept[at] = redacted.kept.charCodeAt(at);
    return { kept, isRedacted: redacted.isRedacted };
  }
  const redacted = redactValue(text, 0);
  return { kept: utf8(redacted.kept), isRedacted: redacted.isRedacted };
}

/** An answer as the log may keep it: no cookies, and nothing of what an application repeats in its URLs. */
export function redactAnswer({ status, headers, body }: Answer): Answer {
  const text = new TextDecoder().decode(body);
  return {
    status,
    headers: headers
      .filter(([name]) => name.toLowerCase() !== "set-cookie")
      .map(([name, value]) => [name, redactText(value)]),
    body: mayHoldNeverKept(text) ? utf8(redactText(text)) : body,
  };
}

/** Any text: `Digits=1234` loses its value wherever it stands. */
function redactText(text: string): string {
  return text.replaceAll(neverKeptAssignments, "$1");
}

function redactPairs(encoded: string, depth: number): Redacted<string> {
  if (!mayHoldNeverKept(encoded)) return { kept: encoded, isRedacted: false };
  let isRedacted = false;
  const kept = encoded.split("&").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 0 || at === pair.length - 1 || !mayHoldNeverKept(pair)) return pair;
    const name = decoded(pair.slice(0, at));
    if (isNeverKept(name)) {
      isRedacted ||= isKeypadOrCard(name);
      return pair.slice(0, at + 1);
    }
    const value = decoded(pair.slice(at + 1));
    const redacted = redactValue(value, depth + 1);
    if (redacted.kept === value) return pair;
    isRedacted ||= redacted.isRedacted;
    return pair.slice(0, at + 1) + encodeURIComponent(redacted.kept);
  });
  return { kept: kept.join("&"), isRedacted };
}

/** A value that may hold others: JSON (a Debugger payload, an event), a URL with a query (`ErrorUrl`), a form. */
function redactValue(text: string, depth: number): Redacted<string> {
  if (!mayHoldNeverKept(text)) return { kept: text, isRedacted: false };
  const kind = nestedKind(text);
  // What somebody says is left to the letter; not so a whole body, of which nobody knows what it is.
  if (kind === undefined && depth > 0) return { kept: text, isRedacted: false };
  if (kind === undefined || kind === "markup") {
    const kept = redactText(text);
    return { kept, isRedacted: kept !== text };
  }
  if (depth >= MAX_DEPTH) return { kept: "", isRedacted: true };
  switch (kind) {
    case "json":
      return redactJson(text, depth);
    case "url":
      return redactUrl(text, depth);
    case "form":
      return redactPairs(text, depth);
    case "sentence":
      return redactSentence(text, depth);
  }
}

function redactSentence(text: string, depth: number): Redacted<string> {
  let isRedacted = false;
  const kept = withUrls(text, (url) => {
    const redacted = redactUrl(url, depth);
    isRedacted ||= redacted.isRedacted;
    return redacted.kept;
  });
  return { kept, isRedacted };
}

function redactUrl(text: string, depth: number): Redacted<string> {
  const at = text.indexOf("?") + 1;
  if (at === 0) return { kept: text, isRedacted: false };
  const query = redactPairs(text.slice(at), depth);
  return { kept: text.slice(0, at) + query.kept, isRedacted: query.isRedacted };
}

function redactJson(text: string, depth: number): Redacted<string> {
  let isRedacted = false;
  let isChanged = false;
  const change = (isKeypad: boolean, kept: string): string => {
    isChanged = true;
    isRedacted ||= isKeypad;
    return kept;
  };
  try {
    const kept = JSON.stringify(JSON.parse(text), (name, value: unknown) => {
      if (isNeverKept(name))
        return value === "" || value === null ? value : change(isKeypadOrCard(name), "");
      if (typeof value !== "string") return value;
      const inner = redactValue(value, depth + 1);
      return inner.kept === value ? value : change(inner.isRedacted, inner.kept);
    });
    return isChanged ? { kept, isRedacted } : { kept: text, isRedacted: false };
  } catch {
    // Cut off, or no JSON at all: nobody can tell what it holds.
    return { kept: "", isRedacted: true };
  }
}

/** Percent-decoded as a form is; a character above U+00FF stays. Linear in the length. */
function decoded(encoded: string): string {
  const text = encoded.replaceAll("+", " ");
  if (!text.includes("%")) return text;
  const bytes = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (/[\u0100-\uffff]/.test(bytes)) return bytes;
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}
