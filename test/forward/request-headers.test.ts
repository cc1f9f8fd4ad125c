import { expect, test } from "vitest";
import {
  isReservedHeader,
  requestHeaders,
  type RequestHeadersInput,
} from "../../src/forward/request-headers.ts";
import type { UnverifiedWebhook } from "../../src/verify/verified-webhook.ts";
import {
  receivedWebhook,
  signingKey,
  testKeys,
  verifiedWebhook,
  type WebhookParts,
} from "../support/webhooks.ts";
import { originConfig } from "../support/webhooks.ts";

const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", flags: "01", isContinued: false };
const newSignature = "bmV3IHNpZ25hdHVyZSBvZiAyMCA=";

type Common = Partial<Omit<RequestHeadersInput, "webhook" | "signing">>;

/** Headers of the first attempt at an origin, signed anew. */
async function build(
  parts: WebhookParts = {},
  common: Common = {},
): Promise<Record<string, string>> {
  const webhook = await verifiedWebhook(parts);
  const signing = { kind: "twilio", signature: newSignature, key: webhook.signingKey } as const;
  return Object.fromEntries(requestHeaders({ ...defaults, ...common, webhook, signing }));
}

const defaults = {
  to: "origin",
  attemptNumber: 1,
  trace,
  random: () => 0.5,
  configured: [],
} as const;

test("requestHeaders() adds what is ours, and nothing else, to what a bare webhook brought", async () => {
  expect(await build()).toEqual({
    "content-type": "application/x-www-form-urlencoded",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-8080808080808080-01",
    "x-twilio-signature": newSignature,
    "hookswitch-delivery": "01JF0000000000000000000000",
    "hookswitch-attempt": "1",
    "hookswitch-url": "https://hooks.example.net/sms",
    "hookswitch-verified": "yes",
  });
});

test("requestHeaders() passes end-to-end headers as they came", async () => {
  const headers = {
    accept: "*/*",
    authorization: "Basic dXNlcjpwYXNz",
    cookie: "a=1; b=2",
    "i-twilio-idempotency-token": "803c29b1-0000-4000-8000-000000000000",
    "if-none-match": '"x"',
    "user-agent": "TwilioProxy/1.1",
    "x-home-region": "us1",
  };
  expect(await build({ headers })).toMatchObject(headers);
});

test.each([
  "host",
  "content-length",
  "expect",
  "forwarded",
  "x-forwarded",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-for",
  "x-forwarded-anything",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "x-original-url",
  "x-rewrite-url",
  "x-http-method-override",
  "hookswitch_verified",
  "x_forwarded_host",
  "cf-ray",
  "cf-connecting-ip-policy",
  "hookswitch-replay",
  "upgrade",
  "te",
])("requestHeaders() keeps %s from the origin", async (name) => {
  expect(await build({ headers: { [name]: "spoofed" } })).not.toHaveProperty(name);
});

test("requestHeaders() lets nobody outside set what is ours", async () => {
  const ours = await build();
  const spoofed = Object.fromEntries(
    Object.keys(ours)
      .filter((name) => name.startsWith("hookswitch-"))
      .map((name) => [name, "spoofed"]),
  );
  expect(await build({ headers: spoofed })).toEqual(ours);
});

test("requestHeaders() drops what Connection names, but not what is ours or Twilio's", async () => {
  const headers = {
    connection: "x-hop, hookswitch-verified, x-twilio-signature, i-twilio-idempotency-token",
    "x-hop": "1",
    "i-twilio-idempotency-token": "t",
  };
  const built = await build({ headers });
  expect(built).not.toHaveProperty("x-hop");
  expect(built).toMatchObject({
    "hookswitch-verified": "yes",
    "x-twilio-signature": newSignature,
    "i-twilio-idempotency-token": "t",
  });
});

test("requestHeaders() takes X-Forwarded-For from what Cloudflare saw", async () => {
  const headers = { "cf-connecting-ip": "192.0.2.1", "x-forwarded-for": "198.51.100.9" };
  const built = await build({ headers });
  expect(built["x-forwarded-for"]).toBe("192.0.2.1");
  expect(built).not.toHaveProperty("cf-connecting-ip");
});

test("requestHeaders() accepts only codings that the runtime undoes, and only where any were", async () => {
  expect(await build({ headers: { "accept-encoding": "zstd, deflate" } })).toMatchObject({
    "accept-encoding": "br, gzip",
  });
  expect(await build()).not.toHaveProperty("accept-encoding");
});

test("requestHeaders() passes tracestate with the trace it belongs to and no other", async () => {
  const headers = { tracestate: "a=1" };
  expect(await build({ headers }, { trace: { ...trace, isContinued: true } })).toHaveProperty(
    "tracestate",
    "a=1",
  );
  expect(await build({ headers })).not.toHaveProperty("tracestate");
});

test("requestHeaders() gives every attempt its number and a parent id of its own", async () => {
  const built = await build({}, { attemptNumber: 3, random: () => 0 });
  expect(built).toMatchObject({
    "hookswitch-attempt": "3",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01",
  });
});

test("requestHeaders() gives the raw URL in characters that a header can have", async () => {
  const url = "https://hooks.example.net/sms?a='%7e&n=\u00fc";
  expect((await build({ url }))["hookswitch-url"]).toBe(
    "https://hooks.example.net/sms?a='%7e&n=%C3%BC",
  );
});

test("requestHeaders() gives a fallback neither Cookie nor Authorization: it is another host", async () => {
  const headers = { cookie: "a=1", authorization: "Basic eA==", accept: "*/*" };
  const built = await build({ headers }, { to: "fallback" });
  expect(built).not.toHaveProperty("cookie");
  expect(built).not.toHaveProperty("authorization");
  expect(built).toHaveProperty("accept", "*/*");
});

test("requestHeaders() puts configured headers in the place of received ones, repeated ones repeated", async () => {
  const configured = [
    ["Authorization", "Bearer x"],
    ["X-Many", "1"],
    ["x-many", "2"],
    ["CF-Access-Client-Id", "id"],
  ] as const;
  const headers = { authorization: "Basic eA==", "x-many": "0" };
  expect(await build({ headers }, { configured })).toMatchObject({
    authorization: "Bearer x",
    "x-many": "1, 2",
    "cf-access-client-id": "id",
  });
});

const reserved = [
  "Host",
  "Content-Length",
  "Connection",
  "Transfer-Encoding",
  "Upgrade",
  "Expect",
  "Forwarded",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "Traceparent",
  "Tracestate",
  "X-Twilio-Signature",
  "X-Twilio-Signature-Key-Sid",
  "I-Twilio-Idempotency-Token",
  "Hookswitch-Verified",
  "Hookswitch-Anything",
];
test.each(reserved)("requestHeaders() never sends a configured %s", async (name) => {
  expect(isReservedHeader(name)).toBe(true);
  expect(await build({}, { configured: [[name, "spoofed"]] })).toEqual(await build());
});
test("isReservedHeader() leaves everything else to the configuration", () => {
  const free = [
    "Authorization",
    "X-Api-Key",
    "CF-Access-Client-Secret",
    "User-Agent",
    "X-Twilio-Anything",
  ];
  expect(free.filter((name) => isReservedHeader(name))).toEqual([]);
});

const sid = "webhooks_shared_key_1";
const headersOfSigningKey = { "x-twilio-signature-key-sid": sid };
const key = signingKey(sid);

test("requestHeaders() drops the signing key's sid where an auth token has signed in its place", async () => {
  const keys = testKeys({ signingKeys: new Map([[sid, key]]) });
  const webhook = await verifiedWebhook(
    { headers: headersOfSigningKey, key },
    originConfig(),
    keys,
  );
  const signing = { kind: "twilio", signature: newSignature, key: webhook.signingKey } as const;
  const headers = requestHeaders({ ...defaults, webhook, signing });
  expect(headers.has("x-twilio-signature-key-sid")).toBe(false);
  expect(headers.get("x-twilio-signature")).toBe(newSignature);
});

test("requestHeaders() keeps the signing key's sid where that key has signed", async () => {
  const keys = testKeys({ defaultTokens: [], signingKeys: new Map([[sid, key]]) });
  const webhook = await verifiedWebhook(
    { headers: headersOfSigningKey, key },
    originConfig(),
    keys,
  );
  const signing = { kind: "twilio", signature: newSignature, key: webhook.signingKey } as const;
  expect(requestHeaders({ ...defaults, webhook, signing }).get("x-twilio-signature-key-sid")).toBe(
    sid,
  );
});

test.each([
  ["the received URL", undefined, "https", "hooks.example.net", "443"],
  [
    "public_url",
    { scheme: "http", host: "public.example.com", port: "8080" },
    "http",
    "public.example.com:8080",
    "8080",
  ],
  [
    "public_url without a port",
    { scheme: "http", host: "public.example.com", port: undefined },
    "http",
    "public.example.com",
    "80",
  ],
] as const)(
  "requestHeaders() keeps Twilio's signature and names %s",
  async (_, publicUrl, proto, host, port) => {
    const webhook = await verifiedWebhook();
    const headers = requestHeaders({ ...defaults, webhook, signing: { kind: "keep", publicUrl } });
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-twilio-signature": webhook.headers.get("x-twilio-signature"),
      "x-forwarded-proto": proto,
      "x-forwarded-host": host,
      "x-forwarded-port": port,
    });
  },
);

test("requestHeaders() sends an unverified webhook with its own signature only, marked", () => {
  const headers = {
    "x-twilio-signature": "forged",
    "hookswitch-verified": "yes",
    ...headersOfSigningKey,
  };
  const unverified = { reason: "signature_malformed", length: 6 } as const;
  const webhook: UnverifiedWebhook = { ...receivedWebhook({ headers }), unverified };
  expect(
    Object.fromEntries(requestHeaders({ ...defaults, webhook, signing: { kind: "none" } })),
  ).toEqual({
    "content-type": "application/x-www-form-urlencoded",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-8080808080808080-01",
    "x-twilio-signature": "forged",
    ...headersOfSigningKey,
    "hookswitch-delivery": "01JF0000000000000000000000",
    "hookswitch-attempt": "1",
    "hookswitch-url": "https://hooks.example.net/sms",
    "hookswitch-verified": "no",
  });
});

test("requestHeaders() gives no signature to a webhook that brought none", () => {
  const webhook: UnverifiedWebhook = {
    ...receivedWebhook(),
    unverified: { reason: "signature_missing" },
  };
  expect(
    requestHeaders({ ...defaults, webhook, signing: { kind: "none" } }).has("x-twilio-signature"),
  ).toBe(false);
});
