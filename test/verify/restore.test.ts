import { describe, expect, test } from "vitest";
import { restoreWebhook } from "../../src/verify/verify.ts";
import {
  accountSid,
  authToken,
  otherToken,
  receivedWebhook,
  signingKey,
  testKeys,
} from "../support/webhooks.ts";

const proof = { accountSid, keyName: authToken.name, candidate: "raw" } as const;

describe("restoreWebhook()", () => {
  test("is signed with the key that proved it, where there is one of its name", () => {
    const webhook = restoreWebhook(receivedWebhook(), proof, testKeys());
    expect(webhook).toMatchObject({
      accountSid,
      candidate: "raw",
      key: authToken,
      signingKey: authToken,
    });
    expect(webhook?.parameters.length).toBeGreaterThan(5);
  });

  test("is signed with the key of today after a rotation", () => {
    const now = otherToken("TWILIO_AUTH_TOKEN#1");
    expect(
      restoreWebhook(receivedWebhook(), proof, testKeys({ defaultTokens: [now] }))?.signingKey,
    ).toBe(now);
    const second = { ...proof, keyName: "TWILIO_AUTH_TOKEN#2" };
    expect(restoreWebhook(receivedWebhook(), second, testKeys())?.signingKey).toBe(authToken);
  });

  test("is signed with its own account's token, never another one's", () => {
    const own = otherToken(`TWILIO_AUTH_TOKEN_${accountSid}#1`);
    const keys = testKeys({ accountTokens: new Map([[accountSid, [own]]]) });
    expect(restoreWebhook(receivedWebhook(), proof, keys)?.signingKey).toBe(own);
    const other = testKeys({ defaultTokens: [], accountTokens: new Map([["AC1", [own]]]) });
    expect(restoreWebhook(receivedWebhook(), proof, other)).toBeUndefined();
  });

  test("of a signing key is signed with the account's first token, or with that key where there is none", () => {
    const key = signingKey("KS1");
    const signed = { ...proof, keyName: "KS1" };
    const signingKeys = new Map([["KS1", key]]);
    expect(restoreWebhook(receivedWebhook(), signed, testKeys({ signingKeys }))?.signingKey).toBe(
      authToken,
    );
    const alone = testKeys({ signingKeys, defaultTokens: [] });
    expect(restoreWebhook(receivedWebhook(), signed, alone)?.signingKey).toBe(key);
  });

  test("covers no parameters of a body that is signed by its hash", () => {
    const url = `https://hooks.example.net/sms?bodySHA256=${"0".repeat(64)}`;
    expect(restoreWebhook(receivedWebhook({ url }), proof, testKeys())?.parameters).toEqual([]);
    expect(
      restoreWebhook(receivedWebhook({ method: "GET" }), proof, testKeys())?.parameters,
    ).toEqual([]);
  });
});
