import { describe, expect, it } from "vitest";
import type { OriginConfig } from "../../src/config/types.ts";
import type { ReceivedWebhook } from "../../src/receive/webhook.ts";
import type { ConfiguredKeys } from "../../src/verify/keys.ts";
import { verifyWebhook } from "../../src/verify/verify.ts";
import {
  accountSid,
  authToken,
  hashOf,
  originConfig,
  otherToken,
  receivedWebhook,
  sign,
  signed,
  signingKey,
  smsFields,
  testKeys,
  type WebhookParts,
  withHeader,
} from "../support/webhooks.ts";

const FORM = "application/x-www-form-urlencoded";
const url = "https://hooks.example.net/sms";
const otherAccount = `AC${"0".repeat(32)}`;
const json = JSON.stringify({ specversion: "1.0", data: { accountSid } });

/** The reason it is refused for, with what comes along; `undefined` when it is accepted. */
async function refusal(
  webhook: ReceivedWebhook,
  {
    origin = originConfig(),
    keys = testKeys(),
  }: { origin?: OriginConfig | undefined; keys?: ConfiguredKeys } = {},
) {
  const verified = await verifyWebhook(webhook, origin, keys);
  return verified.ok ? undefined : verified.error;
}

/** A genuine webhook, changed after it was signed. */
function tampered(webhook: ReceivedWebhook, change: WebhookParts): ReceivedWebhook {
  const body = change.parameters === undefined ? { body: webhook.body } : {};
  const changed = receivedWebhook({ url: webhook.url, method: webhook.method, ...body, ...change });
  return { ...changed, headers: webhook.headers };
}

/** The header that names a signing key. */
function naming(name: string): WebhookParts {
  return { headers: { "x-twilio-signature-key-sid": name } };
}

const MISMATCH = {
  reason: "signature_mismatch",
  candidatesTried: 2,
  keysTried: ["TWILIO_AUTH_TOKEN#1"],
};

describe("verifyWebhook() accepts", () => {
  it("a form, with what was signed, by which key and in which spelling", async () => {
    const webhook = signed({
      url: `${url}:8443`.replace("/sms:8443", ":8443/sms"),
      signedUrl: url,
    });
    expect(await verifyWebhook(webhook, originConfig(), testKeys())).toEqual({
      ok: true,
      value: {
        ...webhook,
        accountSid,
        parameters: smsFields(),
        signedUrl: url,
        candidate: "without-port",
        key: authToken,
        signingKey: authToken,
      },
    });
  });

  it("a form without parameters, and a POST without a body whatever its type", async () => {
    expect(await refusal(signed({ parameters: [] }))).toBeUndefined();
    expect(
      await refusal(signed({ body: "", headers: { "content-type": "application/json" } })),
    ).toBeUndefined();
  });

  it("a GET, by its URL alone", async () => {
    const verified = await verifyWebhook(
      signed({ method: "GET", url: `${url}?AccountSid=${accountSid}&City=Forli%27` }),
      originConfig(),
      testKeys(),
    );
    expect(verified).toMatchObject({
      ok: true,
      value: { accountSid, parameters: [], candidate: "raw" },
    });
  });

  it("JSON by the hash in its URL, without parameters", async () => {
    const verified = await verifyWebhook(signed({ body: json }), originConfig(), testKeys());
    expect(verified).toMatchObject({ ok: true, value: { accountSid, parameters: [] } });
  });

  it("bytes that are no text by the hash in its URL", async () => {
    const body = new Uint8Array([0xff, 0x00, 0xef, 0xbb, 0xbf]);
    expect(
      await refusal(signed({ body, headers: { "content-type": "application/octet-stream" } })),
    ).toBeUndefined();
  });

  it("a WebSocket handshake signed as wss, and one signed as https not", async () => {
    const handshake = {
      method: "GET",
      isWebSocketHandshake: true,
      url: "https://hooks.example.net/media",
    } as const;
    expect(
      await refusal(signed({ ...handshake, signedUrl: "wss://hooks.example.net/media" })),
    ).toBeUndefined();
    expect(await refusal(signed(handshake))).toEqual(MISMATCH);
    const plain = { ...handshake, isWebSocketHandshake: false };
    expect(await refusal(signed({ ...plain, signedUrl: "wss://hooks.example.net/media" }))).toEqual(
      MISMATCH,
    );
  });

  it("what Twilio signed without the userinfo that a client put into the URL", async () => {
    const webhook = signed({ url: "https://user:pass@hooks.example.net/sms", signedUrl: url });
    expect(await refusal(webhook)).toBeUndefined();
  });

  it("what no origin takes, by the request's own URL", async () => {
    expect((await verifyWebhook(signed({ url: "https://h/x" }), undefined, testKeys())).ok).toBe(
      true,
    );
  });

  it("what was signed for public_url, and then not what was signed for the URL received", async () => {
    const origin = originConfig({
      publicUrl: { scheme: "https", host: "hooks.example.net", port: undefined },
    });
    const local = "http://127.0.0.1:8787/sms?a=1";
    expect(
      await refusal(signed({ url: local, signedUrl: `${url}?a=1` }), { origin }),
    ).toBeUndefined();
    expect(await refusal(signed({ url: local }), { origin })).toMatchObject({
      reason: "signature_mismatch",
    });
    expect(await refusal(signed({ url: local, signedUrl: url }), { origin })).toMatchObject({
      reason: "signature_mismatch",
    });
  });

  it("what was signed for the path as typed, and not for another one that normalises to it", async () => {
    const route = {
      host: undefined,
      kind: "prefix",
      typedPath: "/%7ebob/",
      normalisedPath: "/~bob/",
    } as const;
    const origin = originConfig({ route });
    const received = "https://hooks.example.net/~bob/in";
    const verified = await verifyWebhook(
      signed({ url: received, signedUrl: "https://hooks.example.net/%7ebob/in" }),
      origin,
      testKeys(),
    );
    expect(verified).toMatchObject({ ok: true, value: { candidate: "typed-path" } });
    expect(
      await refusal(signed({ url: received, signedUrl: "https://hooks.example.net/%7Ebob/in" }), {
        origin,
      }),
    ).toMatchObject({ reason: "signature_mismatch" });
  });
});

describe("verifyWebhook() refuses as signature_missing or signature_malformed", () => {
  it("no signature", async () => {
    expect(await refusal(receivedWebhook())).toEqual({ reason: "signature_missing" });
    expect(await refusal(withHeader(signed(), "x-twilio-signature", ""))).toEqual({
      reason: "signature_missing",
    });
  });

  it("the right signature twice", async () => {
    const webhook = signed();
    webhook.headers.append("x-twilio-signature", webhook.headers.get("x-twilio-signature") ?? "");
    expect(await refusal(webhook)).toEqual({ reason: "signature_malformed", length: 58 });
  });

  it("the right signature, spelled another way", async () => {
    const webhook = signed();
    const signature = webhook.headers.get("x-twilio-signature") ?? "";
    const last = signature.at(-2) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // The two lowest bits of the last character are not part of the 20 bytes: atob() takes both.
    const twin = `${signature.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1]}=`;
    expect(atob(twin)).toBe(atob(signature));
    expect(await refusal(withHeader(webhook, "x-twilio-signature", twin))).toEqual({
      reason: "signature_malformed",
      length: 28,
    });
  });

  it("a signature of HMAC-SHA256's length where no key makes one", async () => {
    const webhook = signed({ key: { ...authToken, algorithm: "HMAC-SHA256" } });
    expect(await refusal(webhook)).toEqual({ reason: "signature_malformed", length: 44 });
  });
});

describe("verifyWebhook() refuses as signature_mismatch", () => {
  const genuine = signed({ url: `${url}?a=1` });

  it("another token's signature", async () => {
    expect(await refusal(signed({ key: otherToken("stranger") }))).toEqual(MISMATCH);
  });

  it.each([
    ["host", "https://evil.example.net/sms?a=1"],
    ["scheme", "http://hooks.example.net/sms?a=1"],
    ["path", "https://hooks.example.net/sms/?a=1"],
    ["spelling of the path", "https://hooks.example.net/%73ms?a=1"],
    ["query", "https://hooks.example.net/sms?a=2"],
    ["a parameter more in the query", "https://hooks.example.net/sms?a=1&"],
    ["no query", "https://hooks.example.net/sms"],
  ])("another URL: %s", async (_, changed) => {
    expect(await refusal(tampered(genuine, { url: changed }))).toMatchObject({
      reason: "signature_mismatch",
    });
  });

  const form = [
    ["MessageSid", "SM1"],
    ["Body", " yes "],
    ["From", "+15005550001"],
  ] as const;
  it.each([
    [
      "a value changed",
      [
        ["MessageSid", "SM2"],
        ["Body", " yes "],
        ["From", "+15005550001"],
      ],
    ],
    [
      "a value trimmed",
      [
        ["MessageSid", "SM1"],
        ["Body", "yes"],
        ["From", "+15005550001"],
      ],
    ],
    [
      "a name changed",
      [
        ["MessageSID", "SM1"],
        ["Body", " yes "],
        ["From", "+15005550001"],
      ],
    ],
    [
      "one dropped",
      [
        ["MessageSid", "SM1"],
        ["Body", " yes "],
      ],
    ],
    ["one added", [...form, ["X", ""]]],
    ["a second value", [...form, ["Body", "no"]]],
    ["all dropped", []],
  ] as const)("other parameters: %s", async (_, parameters) => {
    expect(await refusal(signed({ parameters: form }))).toBeUndefined();
    const webhook = tampered(signed({ parameters: form }), { parameters });
    expect(await refusal(webhook)).toEqual(MISMATCH);
  });

  it("the same parameters in the query", async () => {
    const webhook = signed({ parameters: [["a", "1"]] });
    expect(await refusal(tampered(webhook, { url: `${url}?a=1`, body: "" }))).toEqual(MISMATCH);
  });

  it("a form sent again as a GET without its body", async () => {
    expect(await refusal(tampered(genuine, { method: "GET", body: "" }))).toMatchObject({
      reason: "signature_mismatch",
    });
  });
});

describe("verifyWebhook() refuses for the body", () => {
  it("a GET that has one, genuine otherwise: body_on_get", async () => {
    const webhook = signed({ method: "GET" });
    expect(await refusal(webhook)).toBeUndefined();
    expect(await refusal(tampered(webhook, { body: "a" }))).toEqual({ reason: "body_on_get" });
  });

  it("a form of 1,001 parameters and not one of 1,000: too_many_parameters", async () => {
    const parameters = Array.from({ length: 1_000 }, (_, index) => [`p${index}`, ""] as const);
    expect(await refusal(signed({ parameters }))).toBeUndefined();
    expect(await refusal(signed({ parameters: [...parameters, ["p", ""]] }))).toEqual({
      reason: "too_many_parameters",
      maxParameters: 1_000,
    });
  });

  it.each(["application/json", "text/plain", ""])(
    "one of type %j whose hash is not in the URL: body_hash_missing",
    async (type) => {
      const webhook = withHeader(signed({ parameters: [["a", "1"]] }), "content-type", type);
      expect(await refusal(webhook)).toEqual({ reason: "body_hash_missing" });
    },
  );

  it.each([
    ["content-encoding", "gzip"],
    ["content-type", "multipart/form-data; boundary=x"],
    ["content-type", "application/json; charset=utf-16le"],
    ["content-type", 'application/x-www-form-urlencoded; charset="iso-8859-1"'],
    ["content-type", "application/x-www-form-urlencoded, x"],
  ])(
    "one whose %s is %s, since it may mean something else to the application: body_encoding_unsupported",
    async (name, value) => {
      for (const webhook of [signed(), signed({ body: "{}" })]) {
        expect(await refusal(withHeader(webhook, name, value))).toEqual({
          reason: "body_encoding_unsupported",
        });
      }
    },
  );

  it.each([
    ["content-encoding", "identity"],
    ["content-type", "application/x-www-form-urlencoded; charset=UTF-8"],
  ])("none whose %s is %s", async (name, value) => {
    expect(await refusal(withHeader(signed(), name, value))).toBeUndefined();
  });

  it("one without a type whose hash is not in the URL: body_hash_missing", async () => {
    expect(await refusal(withHeader(signed(), "content-type", undefined))).toEqual({
      reason: "body_hash_missing",
    });
  });

  it("one byte more or less than was hashed: body_hash_mismatch", async () => {
    const webhook = signed({ body: json });
    for (const body of [`${json}\n`, json.slice(1), "", `\uFEFF${json}`]) {
      expect(await refusal(tampered(webhook, { body }))).toEqual({ reason: "body_hash_mismatch" });
    }
  });

  it("a JSON webhook sent again as an empty form: body_hash_mismatch", async () => {
    const webhook = withHeader(
      tampered(signed({ body: json }), { body: "" }),
      "content-type",
      FORM,
    );
    expect(await refusal(webhook)).toEqual({ reason: "body_hash_mismatch" });
  });

  it("a JSON webhook sent again as a form with parameters of an attacker's: body_hash_mismatch", async () => {
    const webhook = withHeader(
      tampered(signed({ body: json }), { body: "Body=pay" }),
      "content-type",
      FORM,
    );
    expect(await refusal(webhook)).toEqual({ reason: "body_hash_mismatch" });
  });

  it("a JSON webhook sent again as an empty GET: body_hash_mismatch", async () => {
    const webhook = tampered(signed({ body: json }), { method: "GET", body: "" });
    expect(await refusal(webhook)).toEqual({ reason: "body_hash_mismatch" });
  });

  it("a genuine GET whose hash is not that of no body: body_hash_mismatch", async () => {
    expect(
      await refusal(signed({ method: "GET", url: `${url}?bodySHA256=${hashOf("{}")}` })),
    ).toEqual({
      reason: "body_hash_mismatch",
    });
    expect(
      await refusal(signed({ method: "GET", url: `${url}?bodySHA256=${hashOf("")}` })),
    ).toBeUndefined();
  });

  it("a signed hash in capitals: body_hash_malformed", async () => {
    const webhook = signed({ body: json, url: `${url}?bodySHA256=${hashOf(json).toUpperCase()}` });
    expect(await refusal(webhook)).toEqual({ reason: "body_hash_malformed" });
  });

  it("two signed hashes that differ: body_hash_ambiguous; twice the same is accepted", async () => {
    const [right, wrong] = [hashOf(json), hashOf("")];
    const twice = (a: string, b: string) =>
      signed({ body: json, url: `${url}?bodySHA256=${a}&bodySHA256=${b}` });
    expect(await refusal(twice(right, wrong))).toEqual({ reason: "body_hash_ambiguous" });
    expect(await refusal(twice(wrong, right))).toEqual({ reason: "body_hash_ambiguous" });
    expect(await refusal(twice(right, right))).toBeUndefined();
  });

  it("a form whose URL has a hash, unless the URL alone was signed, as the twilio package wants it", async () => {
    const body = "Body=hi&AccountSid=";
    const hashed = {
      url: `${url}?bodySHA256=${hashOf(body)}`,
      body,
      headers: { "content-type": FORM },
    };
    const verified = await verifyWebhook(signed(hashed), originConfig(), testKeys());
    expect(verified).toMatchObject({ ok: true, value: { parameters: [] } });
    const signature = sign(authToken, hashed.url, [
      ["AccountSid", ""],
      ["Body", "hi"],
    ]);
    expect(await refusal(withHeader(signed(hashed), "x-twilio-signature", signature))).toEqual(
      MISMATCH,
    );
  });

  it("does not take a name that merely contains bodySHA256 for the hash", async () => {
    expect(await refusal(signed({ url: `${url}?xbodySHA256=1&note=bodySHA256` }))).toBeUndefined();
  });
});

describe("verifyWebhook() goes by the account", () => {
  const own = otherToken(`TWILIO_AUTH_TOKEN_${accountSid}#1`);
  const keys = testKeys({ accountTokens: new Map([[accountSid, [own]]]) });

  it("checks an account with its own token and not with the default one", async () => {
    expect(await refusal(signed({ key: own }), { keys })).toBeUndefined();
    expect(await refusal(signed(), { keys })).toEqual({ ...MISMATCH, keysTried: [own.name] });
  });

  it("checks no other account and no webhook without one with it", async () => {
    for (const parameters of [[["AccountSid", otherAccount]], [["MessageSid", "SM1"]]] as const) {
      expect(await refusal(signed({ key: own, parameters }), { keys })).toEqual(MISMATCH);
      expect(await refusal(signed({ parameters }), { keys })).toBeUndefined();
    }
  });

  it("accepts both tokens of a rotation and tells which one it was", async () => {
    const secondary = otherToken("TWILIO_AUTH_TOKEN#2");
    const both = testKeys({ defaultTokens: [authToken, secondary] });
    const verified = await verifyWebhook(signed({ key: secondary }), originConfig(), both);
    expect(verified).toMatchObject({ ok: true, value: { key: secondary, signingKey: secondary } });
    expect(await refusal(signed(), { keys: both })).toBeUndefined();
    expect(await refusal(signed({ key: own, parameters: [] }), { keys: both })).toEqual({
      ...MISMATCH,
      keysTried: [authToken.name, secondary.name],
    });
  });

  it.each([
    ["query and form", { url: `${url}?AccountSid=${otherAccount}` }],
    ["query and JSON", { url: `${url}?AccountSid=${otherAccount}`, body: json }],
    ["two events", { body: `[${json},{"AccountSid":"${otherAccount}"}]` }],
    [
      "JSON that calls itself plain text",
      {
        url: `${url}?AccountSid=${otherAccount}`,
        body: json,
        headers: { "content-type": "text/plain" },
      },
    ],
  ])("refuses accounts that disagree, in %s: account_ambiguous", async (_, parts) => {
    expect(await refusal(signed(parts))).toEqual({ reason: "account_ambiguous" });
  });

  it("does not let a content type hide the account of a body that has its hash in the URL", async () => {
    const hashed = { url: `${url}?bodySHA256=${hashOf(json)}`, body: json };
    const webhook = signed({ ...hashed, key: own, headers: { "content-type": FORM } });
    expect(await verifyWebhook(webhook, originConfig(), keys)).toMatchObject({
      ok: true,
      value: { accountSid },
    });
  });

  it("refuses an account that no key is for: account_without_key", async () => {
    const without = testKeys({
      defaultTokens: [],
      accountTokens: new Map([[otherAccount, [own]]]),
    });
    expect(await refusal(signed(), { keys: without })).toEqual({ reason: "account_without_key" });
    expect(await refusal(signed({ parameters: [] }), { keys: without })).toEqual({
      reason: "account_without_key",
    });
  });

  it("refuses everything where there are no keys", async () => {
    expect(await refusal(signed(), { keys: testKeys({ defaultTokens: [] }) })).toEqual({
      reason: "account_without_key",
    });
  });

  it("refuses an account that the origin does not list, and none at all: account_not_allowed", async () => {
    const origin = originConfig({ accounts: new Set([accountSid]) });
    expect(await refusal(signed(), { origin })).toBeUndefined();
    for (const parameters of [[["AccountSid", otherAccount]], [["MessageSid", "SM1"]]] as const) {
      expect(await refusal(signed({ parameters }), { origin })).toEqual({
        reason: "account_not_allowed",
      });
    }
  });

  it("tells nobody who cannot sign which accounts an origin lists", async () => {
    const origin = originConfig({ accounts: new Set([otherAccount]) });
    expect(await refusal(signed({ key: otherToken("stranger") }), { origin })).toEqual(MISMATCH);
  });
});

describe("verifyWebhook() goes by the signing key named", () => {
  const [sha256, sha1] = [signingKey("SK256"), signingKey("SK1", "HMAC-SHA1")];
  const signingKeys = new Map([
    ["SK256", sha256],
    ["SK1", sha1],
  ]);
  const keys = testKeys({ signingKeys });
  it.each([sha256, sha1])(
    "accepts $algorithm, and signs with the account's auth token",
    async (key) => {
      for (const parts of [{}, { body: json }, { method: "GET" as const }]) {
        const webhook = signed({ ...parts, key, ...naming(key.name) });
        const verified = await verifyWebhook(webhook, originConfig(), keys);
        expect(verified).toMatchObject({ ok: true, value: { key, signingKey: authToken } });
      }
    },
  );

  it("tries that one alone", async () => {
    expect(await refusal(signed(naming("SK1")), { keys })).toEqual({
      ...MISMATCH,
      keysTried: ["SK1"],
    });
    expect(await refusal(signed({ key: sha256, ...naming("SK1") }), { keys })).toEqual({
      reason: "signature_malformed",
      length: 44,
    });
  });

  it("refuses one it does not know, whatever the signature: signing_key_unknown", async () => {
    expect(await refusal(signed(naming("SK2")), { keys })).toEqual({
      reason: "signing_key_unknown",
    });
    expect(await refusal(signed(naming("")), { keys })).toEqual({ reason: "signing_key_unknown" });
  });

  it("finds it without the header as well", async () => {
    expect(await refusal(signed({ key: sha256 }), { keys })).toBeUndefined();
    expect(await refusal(signed({ key: sha1 }), { keys })).toBeUndefined();
  });

  it("does not try it for an account with tokens of its own unless it is named", async () => {
    const own = otherToken(`TWILIO_AUTH_TOKEN_${accountSid}#1`);
    const ownKeys = testKeys({ signingKeys, accountTokens: new Map([[accountSid, [own]]]) });
    expect(await refusal(signed({ key: sha1 }), { keys: ownKeys })).toEqual({
      ...MISMATCH,
      keysTried: [own.name],
    });
    const verified = await verifyWebhook(
      signed({ key: sha1, ...naming("SK1") }),
      originConfig(),
      ownKeys,
    );
    expect(verified).toMatchObject({ ok: true, value: { key: sha1, signingKey: own } });
  });
});
