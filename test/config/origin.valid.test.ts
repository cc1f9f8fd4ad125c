import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import type { OriginConfig } from "../../src/config/types.ts";
import { accountSid, boundKv, validEnv, withOrigin } from "./valid-env.ts";

/** The one origin of an environment in which nothing is wrong. */
function origin(env: Readonly<Record<string, unknown>>): OriginConfig | undefined {
  const { problems, origins } = parseConfig(env);
  expect(problems).toEqual([]);
  return origins[0];
}

test("parseConfig() fills in the documented defaults", () => {
  expect(origin(validEnv())).toEqual({
    name: "sms",
    takes: "webhooks",
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
    fallback: { kind: "none" },
    answer: "auto",
    verify: "enforce",
    publicUrl: undefined,
    accounts: undefined,
    sign: "twilio",
    dedupe: { ttlSeconds: 600, store: "ledger", params: [] },
    log: { keep: "all", bodies: true, mask: [], unmask: [] },
    hasBreaker: true,
    headers: [],
  });
});

test("parseConfig() reads an origin with every key", () => {
  const env = withOrigin(
    {
      path: "/voice/*",
      host: "Hooks.Example.com",
      url: "https://app.example.com/twilio/*?tenant=1#rt=4000&rc=2&rp=5xx,rt&tt=12000",
      fallback: "https://backup.example.com/voice#tt=3000",
      fallback_twiml: "<Response><Say>Later, please.</Say></Response>",
      mode: "respond",
      answer: "twiml",
      verify: "observe",
      public_url: "https://Hooks.example.com:8443",
      accounts: [accountSid],
      sign: "keep",
      dedupe: { ttl: 14_400, store: "kv", params: ["CallSid", "CallStatus"] },
      log: { keep: "failures", bodies: false, mask: ["Memo"], unmask: ["CallerCity"] },
      breaker: false,
      headers: { Authorization: "$APP_LOGIN", "X-Env": "live", "X-Price": "5 $" },
    },
    { ANSWERS: boundKv, APP_LOGIN: "Basic dXNlcjpwYXNz" },
  );
  expect(origin(env)).toEqual({
    name: "sms",
    takes: "webhooks",
    route: {
      host: "hooks.example.com",
      kind: "prefix",
      typedPath: "/voice/",
      normalisedPath: "/voice/",
    },
    target: {
      base: "https://app.example.com",
      path: "/twilio/",
      query: "tenant=1",
      isPrefix: true,
      overrides: {
        budgetMs: 12_000,
        attemptTimeoutMs: 4_000,
        retries: 2,
        retryOn: new Set(["5xx", "rt"]),
      },
    },
    fallback: {
      kind: "url",
      target: expect.objectContaining({
        base: "https://backup.example.com",
        path: "/voice",
        isPrefix: false,
        overrides: expect.objectContaining({ budgetMs: 3_000 }),
      }),
      twiml: "<Response><Say>Later, please.</Say></Response>",
    },
    answer: "twiml",
    verify: "observe",
    publicUrl: { scheme: "https", host: "Hooks.example.com", port: "8443" },
    accounts: new Set([accountSid]),
    sign: "keep",
    dedupe: { ttlSeconds: 14_400, store: "kv", params: ["CallSid", "CallStatus"] },
    log: { keep: "failures", bodies: false, mask: ["Memo"], unmask: ["CallerCity"] },
    hasBreaker: false,
    headers: [
      ["Authorization", "Basic dXNlcjpwYXNz"],
      ["X-Env", "live"],
      ["X-Price", "5 $"],
    ],
  });
});

test.each<[change: Record<string, unknown>, expected: Record<string, unknown>]>([
  [{ path: "/" }, { route: expect.objectContaining({ kind: "exact", typedPath: "/" }) }],
  [{ path: "/a%7eb" }, { route: expect.objectContaining({ normalisedPath: "/a~b" }) }],
  [{ path: "/_logs" }, { route: expect.objectContaining({ typedPath: "/_logs" }) }],
  [{ path: "/_healthy/sms" }, { route: expect.objectContaining({ kind: "exact" }) }],
  [
    { host: "münchen.example" },
    { route: expect.objectContaining({ host: "xn--mnchen-3ya.example" }) },
  ],
  [{ host: "[::1]" }, { route: expect.objectContaining({ host: "[::1]" }) }],
  [{ dedupe: false }, { dedupe: undefined }],
  [{ dedupe: {} }, { dedupe: { ttlSeconds: 600, store: "ledger", params: [] } }],
  [{ dedupe: { ttl: 60 } }, { dedupe: expect.objectContaining({ ttlSeconds: 60 }) }],
  [{ dedupe: { ttl: 86_400 } }, { dedupe: expect.objectContaining({ ttlSeconds: 86_400 }) }],
  [{ breaker: true }, { hasBreaker: true }],
  [{ fallback_twiml: "<Response/>" }, { fallback: { kind: "twiml", twiml: "<Response/>" } }],
  [
    { fallback: "https://backup.example.com#tt=13500" },
    { fallback: expect.objectContaining({ twiml: undefined }) },
  ],
  [
    { fallback: "https://backup.example.com", url: "https://app.example.com/sms#tt=4500" },
    { fallback: expect.objectContaining({ kind: "url" }) },
  ],
  [
    { public_url: "HTTP://127.0.0.1:8787/" },
    { publicUrl: { scheme: "http", host: "127.0.0.1", port: "8787" } },
  ],
  [
    { public_url: "https://[::1]" },
    { publicUrl: { scheme: "https", host: "[::1]", port: undefined } },
  ],
])("parseConfig() reads an origin with %o", (change, expected) => {
  expect(origin(withOrigin(change))).toMatchObject(expected);
});

test("parseConfig() keeps answers in KV too where it is bound", () => {
  expect(origin(validEnv({ ANSWERS: boundKv }))?.dedupe?.store).toBe("ledger+kv");
});

test("parseConfig() keeps answers out of KV where a jurisdiction is asked", () => {
  const env = validEnv({ ANSWERS: boundKv, LEDGER_JURISDICTION: "eu" });
  expect(origin(env)?.dedupe?.store).toBe("ledger");
});

test.each([
  [{ [`TWILIO_AUTH_TOKEN_${accountSid}`]: "c0ffee".repeat(5) }],
  [{ TWILIO_AUTH_TOKEN: "c0ffee".repeat(5) }],
  [{ TWILIO_SIGNING_KEYS: JSON.stringify({ SK1: { secret: "c0ffee", algorithm: "HMAC-SHA1" } }) }],
])("parseConfig() takes an account where there is %o", (keys) => {
  const env = withOrigin({ accounts: [accountSid] });
  delete env["TWILIO_AUTH_TOKEN"];
  expect(origin({ ...env, ...keys })?.accounts).toEqual(new Set([accountSid]));
});
