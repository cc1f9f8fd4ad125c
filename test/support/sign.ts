import { createHash, createHmac } from "node:crypto";

/**
 * Twilio's signatures, written from Twilio's documentation alone: nothing of `src/` is used, so that a
 * mistake there cannot sign what it then accepts.
 * @see https://www.twilio.com/docs/usage/security#validating-requests read 2026-11.
 */

/** Name and value, decoded, in the order sent. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** A webhook as Twilio would put it on the wire: `url` is the public one, its bytes are the request line's. */
export interface SentWebhook {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** What a webhook is made of before it is signed. */
export interface Unsigned {
  readonly token: string;
  readonly url: string;
  /** Of `I-Twilio-Idempotency-Token`; left out when `undefined`. */
  readonly idempotencyToken?: string | undefined;
}

/** Base64 HMAC-SHA1 over the URL and, for a form, the sorted fields; a repeated name's values once each, sorted. */
export function signature(token: string, url: string, fields: Fields = []): string {
  const names = [...new Set(fields.map(([name]) => name))].toSorted(byCodeUnit);
  let text = url;
  for (const name of names) {
    const values = new Set(fields.filter((field) => field[0] === name).map(([, value]) => value));
    for (const value of [...values].toSorted(byCodeUnit)) {
      text += name + value;
    }
  }
  return createHmac("sha1", token).update(text, "utf8").digest("base64");
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A form POST. */
export function formWebhook(unsigned: Unsigned & { readonly fields: Fields }): SentWebhook {
  return {
    method: "POST",
    url: unsigned.url,
    headers: [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ...commonHeaders(unsigned, signature(unsigned.token, unsigned.url, unsigned.fields)),
    ],
    body: Buffer.from(encodeForm(unsigned.fields)),
  };
}

/** A GET: the fields follow the configured query, unsorted, and only the URL is signed. */
export function getWebhook(unsigned: Unsigned & { readonly fields: Fields }): SentWebhook {
  const url = `${unsigned.url}${unsigned.url.includes("?") ? "&" : "?"}${encodeForm(unsigned.fields)}`;
  return {
    method: "GET",
    url,
    headers: commonHeaders(unsigned, signature(unsigned.token, url)),
    body: Buffer.alloc(0),
  };
}

/** A POST of anything but a form: its hash stands in the URL, which is signed. */
export function jsonWebhook(
  unsigned: Unsigned & { readonly body: string | Buffer; readonly contentType?: string },
): SentWebhook {
  const body = Buffer.from(unsigned.body);
  const hash = createHash("sha256").update(body).digest("hex");
  const url = `${unsigned.url}${unsigned.url.includes("?") ? "&" : "?"}bodySHA256=${hash}`;
  return {
    method: "POST",
    url,
    headers: [
      ["Content-Type", unsigned.contentType ?? "application/json"],
      ...commonHeaders(unsigned, signature(unsigned.token, url)),
    ],
    body,
  };
}

/** The same webhook with another signature, right in form and wrong in value. */
export function forged(webhook: SentWebhook): SentWebhook {
  const wrong = createHmac("sha1", "not the token").update(webhook.url).digest("base64");
  return {
    ...webhook,
    headers: webhook.headers.map(([name, value]) => [
      name,
      name === "X-Twilio-Signature" ? wrong : value,
    ]),
  };
}

function commonHeaders(unsigned: Unsigned, signed: string): [name: string, value: string][] {
  const headers: [name: string, value: string][] = [
    ["X-Twilio-Signature", signed],
    ["User-Agent", "TwilioProxy/1.1"],
    ["X-Home-Region", "us1"],
    ["Accept", "*/*"],
  ];
  if (unsigned.idempotencyToken !== undefined) {
    headers.push(["I-Twilio-Idempotency-Token", unsigned.idempotencyToken]);
  }
  return headers;
}

/** Names and values as Twilio encodes a form: spaces as `+`, everything but letters, digits and `-._` escaped. */
export function encodeForm(fields: Fields): string {
  return fields.map((field) => field.map(encodeComponent).join("=")).join("&");
}

function encodeComponent(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

/** The account of all examples. */
export const accountSid = "AC0123456789abcdef0123456789abcdef";

/** An inbound SMS, its names in the order one was seen in: Twilio does not sort them. */
export function smsFields(body = "Wo ist meine Bestellung? 📦", sid = sidOf("SM", body)): Fields {
  return [
    ["ToCountry", "US"],
    ["ToState", "CA"],
    ["SmsMessageSid", sid],
    ["NumMedia", "0"],
    ["ToCity", ""],
    ["FromZip", "94107"],
    ["SmsSid", sid],
    ["FromState", "CA"],
    ["SmsStatus", "received"],
    ["FromCity", "SAN FRANCISCO"],
    ["Body", body],
    ["FromCountry", "US"],
    ["To", "+15005550006"],
    ["ToZip", ""],
    ["NumSegments", "1"],
    ["MessageSid", sid],
    ["AccountSid", accountSid],
    ["From", "+15005550001"],
    ["ApiVersion", "2010-04-01"],
  ];
}

/** An inbound call. */
export function voiceFields(sid = sidOf("CA", "call")): Fields {
  return [
    ["AccountSid", accountSid],
    ["ApiVersion", "2010-04-01"],
    ["CallSid", sid],
    ["CallStatus", "ringing"],
    ["Called", "+15005550006"],
    ["CalledCity", "SAN FRANCISCO"],
    ["CalledCountry", "US"],
    ["CalledState", "CA"],
    ["CalledZip", ""],
    ["Caller", "+15005550001"],
    ["CallerName", "O'BRIEN & SONS"],
    ["Direction", "inbound"],
    ["From", "+15005550001"],
    ["To", "+15005550006"],
  ];
}

/** A sid of the right form that follows from `seed`. */
export function sidOf(prefix: string, seed: string): string {
  return prefix + createHash("md5").update(seed).digest("hex");
}
