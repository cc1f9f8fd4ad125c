import { describe, expect, it } from "vitest";
import { keysFor, signingKeyFor } from "../../src/verify/choose-keys.ts";
import { accountSid, authToken, otherToken, signingKey, testKeys } from "../support/webhooks.ts";

const secondary = otherToken("TWILIO_AUTH_TOKEN#2");
const own = [
  otherToken(`TWILIO_AUTH_TOKEN_${accountSid}#1`),
  otherToken(`TWILIO_AUTH_TOKEN_${accountSid}#2`),
];
const shared = signingKey("SK1");
const keys = testKeys({
  defaultTokens: [authToken, secondary],
  accountTokens: new Map([[accountSid, own]]),
  signingKeys: new Map([["SK1", shared]]),
});
const other = `AC${"0".repeat(32)}`;

describe("keysFor()", () => {
  it("checks an account that has tokens of its own with these alone", () => {
    expect(keysFor(accountSid, null, keys)).toEqual({ ok: true, value: own });
  });

  it.each([other, undefined])(
    "checks account %s with the default tokens, then the signing keys",
    (account) => {
      expect(keysFor(account, null, keys)).toEqual({
        ok: true,
        value: [authToken, secondary, shared],
      });
    },
  );

  it.each([accountSid, other, undefined])(
    "checks account %s with the signing key named, and no other",
    (account) => {
      expect(keysFor(account, "SK1", keys)).toEqual({ ok: true, value: [shared] });
    },
  );

  it.each(["SK2", "", "SK1, SK1", "sk1", "__proto__"])("knows no signing key %j", (header) => {
    expect(keysFor(accountSid, header, keys)).toEqual({
      ok: false,
      error: { reason: "signing_key_unknown" },
    });
  });

  it.each([other, undefined])(
    "has no key for account %s where only others have some",
    (account) => {
      const others = testKeys({ defaultTokens: [], accountTokens: new Map([[accountSid, own]]) });
      expect(keysFor(account, null, others)).toEqual({
        ok: false,
        error: { reason: "account_without_key" },
      });
    },
  );

  it("has no key for an account whose own tokens are all broken: the default ones are not its own", () => {
    const broken = testKeys({ accountTokens: new Map([[accountSid, []]]) });
    expect(keysFor(accountSid, null, broken)).toEqual({
      ok: false,
      error: { reason: "account_without_key" },
    });
  });
});

describe("signingKeyFor()", () => {
  it("signs with the token that matched", () => {
    expect(signingKeyFor(secondary, undefined, keys)).toBe(secondary);
    expect(signingKeyFor(own[1] ?? authToken, accountSid, keys)).toBe(own[1]);
  });

  it("signs with the account's first auth token where a signing key matched", () => {
    expect(signingKeyFor(shared, accountSid, keys)).toBe(own[0]);
    expect(signingKeyFor(shared, other, keys)).toBe(authToken);
    expect(signingKeyFor(shared, undefined, keys)).toBe(authToken);
  });

  it("signs with the signing key where there is no auth token", () => {
    const alone = testKeys({ defaultTokens: [], signingKeys: new Map([["SK1", shared]]) });
    expect(signingKeyFor(shared, accountSid, alone)).toBe(shared);
  });
});
