import { describe, expect, test } from "vitest";
import { claimKey } from "../../src/claim/claim-key.ts";
import {
  originConfig,
  otherToken,
  smsFields,
  testKeys,
  verifiedWebhook,
  type WebhookParts,
} from "../support/webhooks.ts";

const token = { "i-twilio-idempotency-token": "803c29b1-2c1d-4b0a-9d5e-0f1e2d3c4b5a" };

async function keyOf(
  parts: WebhookParts = {},
  origin = originConfig(),
): Promise<string | undefined> {
  return claimKey(await verifiedWebhook({ headers: token, ...parts }, origin), origin);
}

function withParams(params: readonly string[]) {
  return originConfig({ dedupe: { ttlSeconds: 600, store: "ledger", params } });
}

describe("claimKey()", () => {
  test("is the same for the same webhook, in 64 hexadecimal digits", async () => {
    const key = await keyOf();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf({ receivedAtMs: 1, deliveryId: "01JF0000000000000000000001" })).toBe(key);
  });

  const changes: readonly (readonly [string, WebhookParts, ReturnType<typeof originConfig>])[] = [
    ["another token", { headers: { "i-twilio-idempotency-token": "other" } }, originConfig()],
    [
      "another body under the same token",
      { parameters: [...smsFields(), ["Extra", "1"]] },
      originConfig(),
    ],
    ["another origin", {}, originConfig({ name: "voice" })],
    [
      "credentials: the repeat after a 401 challenge",
      { headers: { ...token, authorization: "Basic eDp5" } },
      originConfig(),
    ],
  ];
  test.each(changes)("differs with %s", async (_name, parts, origin) => {
    expect(await keyOf(parts, origin)).not.toBe(await keyOf());
  });

  test("differs with the account", async () => {
    const sid = `AC${"7".repeat(32)}`;
    const parameters = smsFields().map(
      ([name, value]) => [name, name === "AccountSid" ? sid : value] as const,
    );
    expect(await keyOf({ parameters })).not.toBe(await keyOf());
  });

  test("takes a token of 128 characters and counts a longer one as absent", async () => {
    expect(
      await keyOf({ headers: { "i-twilio-idempotency-token": "x".repeat(128) } }),
    ).toBeDefined();
    expect(
      await keyOf({ headers: { "i-twilio-idempotency-token": "x".repeat(129) } }),
    ).toBeUndefined();
  });

  test("is none without a token, and none where dedupe is off", async () => {
    expect(await keyOf({ headers: {} })).toBeUndefined();
    expect(await keyOf({}, originConfig({ dedupe: undefined }))).toBeUndefined();
  });

  test("goes by the named parameters where there is no token, whatever else differs", async () => {
    const origin = withParams(["MessageSid", "MessageStatus"]);
    const fields = [
      ["MessageSid", "SM1"],
      ["MessageStatus", "sent"],
    ] as const;
    const key = await keyOf({ headers: {}, parameters: fields }, origin);
    expect(key).toBeDefined();
    expect(await keyOf({ headers: {}, parameters: [...fields, ["Other", "1"]] }, origin)).toBe(key);
    const delivered = [
      ["MessageSid", "SM1"],
      ["MessageStatus", "delivered"],
    ] as const;
    expect(await keyOf({ headers: {}, parameters: delivered }, origin)).not.toBe(key);
  });

  test("is none where none of the named parameters is there", async () => {
    const parts = { headers: {}, parameters: [["CallSid", "CA1"]] as const };
    expect(await keyOf(parts, withParams(["MessageSid"]))).toBeUndefined();
  });

  test("differs with the signature: a token alone fetches nobody's answer", async () => {
    const key = otherToken("TWILIO_AUTH_TOKEN#2");
    const origin = originConfig();
    const webhook = await verifiedWebhook(
      { headers: token, key },
      origin,
      testKeys({ defaultTokens: [key] }),
    );
    expect(await claimKey(webhook, origin)).not.toBe(await keyOf());
  });
});
