import { describe, expect, it } from "vitest";
import { parseKeys } from "../../src/verify/keys.ts";
import { accountSid } from "../support/webhooks.ts";

const SECRET = "d1c5f0a94b6e4e0f8a7b3c2d1e0f9a8b";

describe("parseKeys()", () => {
  it("says that there is no key at all, once", () => {
    const problem = {
      key: "TWILIO_AUTH_TOKEN",
      message: "expected the account's auth token, found no key at all",
    };
    expect(parseKeys({}).problems).toEqual([problem]);
    expect(parseKeys({ TWILIO_AUTH_TOKEN: "" }).problems).toHaveLength(1);
  });

  it.each(["", " ", "\n"])("refuses the empty value %j", (value) => {
    expect(parseKeys({ TWILIO_AUTH_TOKEN: value })).toMatchObject({
      keys: { defaultTokens: [] },
      problems: [{ key: "TWILIO_AUTH_TOKEN", message: "expected a secret, found an empty value" }],
    });
  });

  it.each([
    [`${SECRET},`, 2],
    [`,${SECRET}`, 1],
    [`${SECRET}, ,${SECRET}`, 2],
  ])("refuses an empty member of a list and keeps the others (case %#)", (value, number) => {
    const { keys, problems } = parseKeys({ TWILIO_AUTH_TOKEN: value });
    expect(problems).toEqual([
      {
        key: "TWILIO_AUTH_TOKEN",
        message: `number ${number} of the list: expected a secret, found an empty value`,
      },
    ]);
    expect(keys.defaultTokens.map(({ secret }) => secret)).not.toContain("");
    expect(keys.defaultTokens.length).toBeGreaterThan(0);
  });

  it.each([
    "your_auth_token",
    "YOUR-AUTH-TOKEN",
    "<your auth token>",
    "changeme",
    "Change_Me",
    "[AuthToken]",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "00000000000000000000000000000000",
    "XXXX-XXXX",
    "***",
    "...",
    "TODO",
  ])("refuses the example value %s", (value) => {
    expect(parseKeys({ TWILIO_AUTH_TOKEN: value })).toMatchObject({
      keys: { defaultTokens: [] },
      problems: [
        { key: "TWILIO_AUTH_TOKEN", message: "expected a secret, found an example value" },
      ],
    });
  });

  it.each([1, true, null, { a: 1 }])("refuses %j, which is no text", (value) => {
    expect(parseKeys({ TWILIO_AUTH_TOKEN: value }).problems).toEqual([
      {
        key: "TWILIO_AUTH_TOKEN",
        message: "expected text, one auth token or several separated by commas",
      },
    ]);
  });

  it.each([
    "TWILIO_AUTH_TOKEN_2",
    "TWILIO_AUTH_TOKENS",
    "TWILIO_AUTH_TOKEN_",
    `TWILIO_AUTH_TOKEN_${accountSid.toUpperCase()}`,
    `TWILIO_AUTH_TOKEN_${accountSid}0`,
    `TWILIO_AUTH_TOKEN_${accountSid.slice(0, -1)}`,
    `TWILIO_AUTH_TOKEN_SK${accountSid.slice(2)}`,
  ])("refuses the name %s", (name) => {
    expect(parseKeys({ TWILIO_AUTH_TOKEN: SECRET, [name]: SECRET }).problems).toMatchObject([
      { key: name },
    ]);
  });

  it("keeps an account whose tokens are all broken, so that the default ones do not stand in for them", () => {
    const name = `TWILIO_AUTH_TOKEN_${accountSid}`;
    const { keys, problems } = parseKeys({ TWILIO_AUTH_TOKEN: SECRET, [name]: "" });
    expect(problems).toMatchObject([{ key: name }]);
    expect(keys.accountTokens.get(accountSid)).toEqual([]);
  });

  it.each([
    ["no JSON", SECRET],
    ["JSON broken off", `{"SK1":{"secret":"${SECRET}"`],
    ["a list", `["${SECRET}"]`],
    ["text", `"${SECRET}"`],
    ["null", "null"],
    ["no key", "{}"],
    ["nothing", ""],
    ["no text", { SK1: { secret: SECRET, algorithm: "HMAC-SHA1" } }],
    ["a secret without its object", JSON.stringify({ SK1: SECRET })],
    ["a missing level", JSON.stringify({ secret: SECRET, algorithm: "HMAC-SHA1" })],
    ["no secret", JSON.stringify({ [SECRET]: { algorithm: "HMAC-SHA1" } })],
    ["an empty secret", JSON.stringify({ SK1: { secret: " ", algorithm: "HMAC-SHA1" } })],
    [
      "an example as secret",
      JSON.stringify({ SK1: { secret: "changeme", algorithm: "HMAC-SHA1" } }),
    ],
    ["no algorithm", JSON.stringify({ SK1: { secret: SECRET } })],
    ["an unknown algorithm", JSON.stringify({ SK1: { secret: SECRET, algorithm: "hmac-sha1" } })],
    ["an empty sid", JSON.stringify({ "": { secret: SECRET, algorithm: "HMAC-SHA1" } })],
  ])("refuses signing keys that are %s, without telling a secret", (_, value) => {
    const { keys, problems } = parseKeys({
      TWILIO_AUTH_TOKEN: "f".concat(SECRET),
      TWILIO_SIGNING_KEYS: value,
    });
    expect(problems.length).toBeGreaterThan(0);
    for (const { key, message } of problems) {
      expect(key).toBe("TWILIO_SIGNING_KEYS");
      expect(message).not.toContain(SECRET);
      expect(message).not.toContain("changeme");
    }
    expect(keys.signingKeys.size).toBe(0);
  });

  it("names a broken signing key by its place and keeps the others", () => {
    const entries = {
      SK1: { secret: SECRET, algorithm: "HMAC-SHA1" },
      SK2: { secret: SECRET, algorithm: "MD5" },
    };
    const { keys, problems } = parseKeys({ TWILIO_SIGNING_KEYS: JSON.stringify(entries) });
    expect(problems).toEqual([
      {
        key: "TWILIO_SIGNING_KEYS",
        message: 'entry 2: expected "HMAC-SHA1" or "HMAC-SHA256" as "algorithm"',
      },
    ]);
    expect([...keys.signingKeys.keys()]).toEqual(["SK1"]);
  });

  it("tells all problems at once", () => {
    const { problems } = parseKeys({
      TWILIO_AUTH_TOKEN: ",",
      TWILIO_AUTH_TOKEN_X: "",
      TWILIO_SIGNING_KEYS: "",
    });
    expect(problems.map(({ key }) => key)).toEqual([
      "TWILIO_AUTH_TOKEN",
      "TWILIO_AUTH_TOKEN",
      "TWILIO_AUTH_TOKEN_X",
      "TWILIO_SIGNING_KEYS",
    ]);
  });
});
