import { createHash, createHmac } from "node:crypto";
import type { OriginConfig, ReportOrigin } from "../../src/config/types.ts";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import { isForm, parseForm, parseQuery } from "../../src/receive/parameters.ts";
import type { ReceivedWebhook, WebhookMethod } from "../../src/receive/webhook.ts";
import type { ConfiguredKeys, Key } from "../../src/verify/keys.ts";
import { signedText } from "../../src/verify/signature.ts";
import type { VerifiedWebhook } from "../../src/verify/verified-webhook.ts";
import { verifyWebhook } from "../../src/verify/verify.ts";
import { encodeForm, type Fields, signature, smsFields } from "./sign.ts";

export { accountSid, smsFields } from "./sign.ts";

/** The auth token that everything here is signed with unless told otherwise. */
export const authToken: Key = {
  name: "TWILIO_AUTH_TOKEN#1",
  secret: "d1c5f0a94b6e4e0f8a7b3c2d1e0f9a8b",
  algorithm: "HMAC-SHA1",
};

/** Another auth token, by any name. */
export function otherToken(name: string): Key {
  return { name, secret: createHash("md5").update(name).digest("hex"), algorithm: "HMAC-SHA1" };
}

/** A signing key (SharedKey) of Twilio's. */
export function signingKey(name: string, algorithm: Key["algorithm"] = "HMAC-SHA256"): Key {
  return { ...otherToken(name), algorithm };
}

/** Keys with {@link authToken} as the only one, or with what is said otherwise. */
export function testKeys(overrides: Partial<ConfiguredKeys> = {}): ConfiguredKeys {
  return {
    defaultTokens: [authToken],
    accountTokens: new Map(),
    signingKeys: new Map(),
    ...overrides,
  };
}

/** The origin `debugger` at `/debugger`. */
export function reportOrigin(overrides: Partial<ReportOrigin> = {}): ReportOrigin {
  return {
    name: "debugger",
    route: {
      host: undefined,
      kind: "exact",
      typedPath: "/debugger",
      normalisedPath: "/debugger",
    },
    takes: "debugger",
    twiml: undefined,
    verify: "enforce",
    publicUrl: undefined,
    accounts: undefined,
    log: { keep: "all", bodies: true, mask: [], unmask: [] },
    ...overrides,
  };
}

/** The origin `sms` at `/sms`, everything at its default: `https://app.example.com/sms`. */
export function originConfig(overrides: Partial<OriginConfig> = {}): OriginConfig {
  return {
    name: "sms",
    route: { host: undefined, kind: "exact", typedPath: "/sms", normalisedPath: "/sms" },
    target: {
      base: "https://app.example.com",
      path: "/sms",
      query: undefined,
      isPrefix: false,
      overrides: {
        budgetMs: 14_000,
        attemptTimeoutMs: undefined,
        retries: 1,
        retryOn: new Set(["ct"]),
      },
    },
    takes: "webhooks",
    queue: undefined,
    fallback: { kind: "none" },
    answer: "auto",
    verify: "enforce",
    publicUrl: undefined,
    accounts: undefined,
    sign: "twilio",
    dedupe: { ttlSeconds: 600, store: "ledger+kv", params: [] },
    log: { keep: "all", bodies: true, mask: [], unmask: [] },
    hasBreaker: true,
    headers: [],
    ...overrides,
  };
}

/** What a webhook is made of. Without anything it is an inbound SMS, posted as a form to `https://hooks.example.net/sms`. */
export interface WebhookParts {
  /** `POST` unless told otherwise. */
  readonly method?: WebhookMethod;
  readonly url?: string;
  /** Beside the content type, or in place of it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A form's parameters, decoded. */
  readonly parameters?: Fields;
  /** Any other body as it is, with the content type `application/json`; empty for a GET. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly isWebSocketHandshake?: boolean;
  readonly deliveryId?: string;
  readonly receivedAtMs?: number;
}

/** A webhook as received, not signed. */
export function receivedWebhook(parts: WebhookParts = {}): ReceivedWebhook {
  const { method = "POST", url = "https://hooks.example.net/sms" } = parts;
  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined) throw new TypeError(`Cannot build a webhook: ${url} is no http(s) URL`);
  const body = bytes(
    parts.body ?? (method === "GET" ? "" : encodeForm(parts.parameters ?? smsFields())),
  );
  const contentType =
    parts.body === undefined ? "application/x-www-form-urlencoded" : "application/json";
  return {
    deliveryId: parts.deliveryId ?? "01JF0000000000000000000000",
    method,
    url,
    rawUrl,
    headers: new Headers({
      ...(method === "GET" ? {} : { "content-type": contentType }),
      ...parts.headers,
    }),
    body,
    isWebSocketHandshake: parts.isWebSocketHandshake ?? false,
    receivedAtMs: parts.receivedAtMs ?? 1_764_000_000_000,
  };
}

/** How a webhook is signed. */
export interface Signing {
  /** {@link authToken} unless told otherwise. */
  readonly key?: Key;
  /** What Twilio signed, where it is not the URL received. */
  readonly signedUrl?: string;
}

/**
 * A webhook as received from Twilio: signed as its documentation says. A body that is not a form has
 * its hash put into the URL, which is where Twilio has it.
 */
export function signed(parts: WebhookParts & Signing = {}): ReceivedWebhook {
  const { key = authToken } = parts;
  const bare = receivedWebhook(parts);
  const isSignedForm = isForm(bare.headers) && !hasHash(bare);
  const unsigned = isSignedForm ? bare : receivedWebhook({ ...parts, url: withHash(bare) });
  const parameters = isSignedForm ? parseForm(bare.body) : [];
  const value = sign(key, parts.signedUrl ?? unsigned.url, parameters);
  return withHeader(unsigned, "x-twilio-signature", value);
}

/** The same webhook with a header set, or without it. */
export function withHeader(
  webhook: ReceivedWebhook,
  name: string,
  value: string | undefined,
): ReceivedWebhook {
  const headers = new Headers(webhook.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return { ...webhook, headers };
}

/** A webhook that has passed {@link verifyWebhook}; nothing else can make one. */
export async function verifiedWebhook(
  parts: WebhookParts & Signing = {},
  origin: OriginConfig = originConfig(),
  keys: ConfiguredKeys = testKeys(),
): Promise<VerifiedWebhook> {
  const verified = await verifyWebhook(signed(parts), origin, keys);
  if (!verified.ok)
    throw new TypeError(`Cannot verify the webhook built: ${verified.error.reason}`);
  return verified.value;
}

/** SHA-256 in lower-case hexadecimal digits, as `bodySHA256` has it. */
export function hashOf(body: string | Uint8Array<ArrayBuffer>): string {
  return createHash("sha256").update(body).digest("hex");
}

/** Not by the code under test: a mistake there cannot sign what it then accepts. */
export function sign(key: Key, url: string, parameters: Fields = []): string {
  if (key.algorithm === "HMAC-SHA1") return signature(key.secret, url, parameters);
  return createHmac("sha256", key.secret).update(signedText(url, parameters)).digest("base64");
}

function withHash(webhook: ReceivedWebhook): string {
  const { url, body } = webhook;
  if (body.length === 0 || hasHash(webhook)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}bodySHA256=${hashOf(body)}`;
}

function hasHash({ rawUrl }: ReceivedWebhook): boolean {
  return parseQuery(rawUrl.query).some(([name]) => name === "bodySHA256");
}

function bytes(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? Uint8Array.from(new TextEncoder().encode(body)) : body;
}
