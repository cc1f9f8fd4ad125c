import { describe, expect, it } from "vitest";
import { parseKeys } from "../../src/verify/keys.ts";
import { accountSid } from "../support/webhooks.ts";

const [T1, T2] = ["d1c5f0a94b6e4e0f8a7b3c2d1e0f9a8b", "0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"];
const algorithm = "HMAC-SHA1";

describe("parseKeys()", () => {
  it("reads one auth token", () => {
    expect(parseKeys({ TWILIO_AUTH_TOKEN: T1 })).toEqual({
      keys: {
        defaultTokens: [{ name: "TWILIO_AUTH_TOKEN#1", secret: T1, algorithm }],
        accountTokens: new Map(),
        signingKeys: new Map(),
      },
      problems: [],
    });
  });

  it("reads several auth tokens, blanks around them left out, the first one first", () => {
    const { keys, problems } = parseKeys({ TWILIO_AUTH_TOKEN: ` ${T1} ,\n${T2}\n` });
    expect(problems).toEqual([]);
    expect(keys.defaultTokens).toEqual([
      { name: "TWILIO_AUTH_TOKEN#1", secret: T1, algorithm },
      { name: "TWILIO_AUTH_TOKEN#2", secret: T2, algorithm },
    ]);
  });

  it("reads an account's auth tokens, which are enough", () => {
    const name = `TWILIO_AUTH_TOKEN_${accountSid}`;
    const { keys, problems } = parseKeys({ [name]: `${T1},${T2}` });
    expect(problems).toEqual([]);
    expect(keys.defaultTokens).toEqual([]);
    expect(keys.accountTokens.get(accountSid)).toEqual([
      { name: `${name}#1`, secret: T1, algorithm },
      { name: `${name}#2`, secret: T2, algorithm },
    ]);
  });

  it("reads signing keys, which are enough", () => {
    const { keys, problems } = parseKeys({
      TWILIO_SIGNING_KEYS: JSON.stringify({
        SK1: { secret: T1, algorithm: "HMAC-SHA1" },
        __proto__x: { secret: T2, algorithm: "HMAC-SHA256", note: "more is allowed" },
      }),
    });
    expect(problems).toEqual([]);
    expect([...keys.signingKeys]).toEqual([
      ["SK1", { name: "SK1", secret: T1, algorithm: "HMAC-SHA1" }],
      ["__proto__x", { name: "__proto__x", secret: T2, algorithm: "HMAC-SHA256" }],
    ]);
  });

  it("looks at nothing else in the environment", () => {
    const env = {
      TWILIO_AUTH_TOKEN: T1,
      TWILIO_ACCOUNT_SID: "",
      LOG_TOKEN: 1,
      ANSWERS: {},
      AUTH_TOKEN: "changeme",
    };
    expect(parseKeys(env).problems).toEqual([]);
  });

  it.each(["1234567890abcdef", "secret-but-long-enough", "xxxxxxxy"])(
    "takes %s for a secret",
    (secret) => {
      expect(parseKeys({ TWILIO_AUTH_TOKEN: secret }).problems).toEqual([]);
    },
  );
});
