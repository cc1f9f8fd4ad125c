import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Key } from "../../src/verify/keys.ts";
import {
  algorithmOf,
  matches,
  parseSignature,
  sign,
  signedText,
} from "../../src/verify/signature.ts";
import { authToken, signingKey } from "../support/webhooks.ts";

/** The worked example of Twilio's documentation: https://www.twilio.com/docs/usage/security, recomputed in October 2026. */
const documented = {
  key: { name: "documented", secret: "12345", algorithm: "HMAC-SHA1" } satisfies Key,
  url: "https://example.com/myapp.php?foo=1&bar=2",
  parameters: [
    ["Digits", "1234"],
    ["To", "+18005551212"],
    ["From", "+14158675310"],
    ["Caller", "+14158675310"],
    ["CallSid", "CA1234567890ABCDE"],
  ],
  signature: "L/OH5YylLD5NRKLltdqwSvS0BnU=",
} as const;

/** RFC 4231, test case 2. */
const rfc4231 = {
  key: { name: "rfc4231", secret: "Jefe", algorithm: "HMAC-SHA256" } satisfies Key,
  text: "what do ya want for nothing?",
  signature: "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
} as const;

function decoded(signature: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
}

describe("signedText()", () => {
  it("is the URL alone where there are no parameters", () => {
    expect(signedText("https://h/p?a=1", [])).toBe("https://h/p?a=1");
  });

  it("follows the URL with names and values, sorted by name, nothing in between", () => {
    expect(
      signedText("u", [
        ["b", "2"],
        ["a", "1"],
        ["B", "0"],
      ]),
    ).toBe("uB0a1b2");
  });

  it("sorts names and not names with their values", () => {
    expect(
      signedText("", [
        ["ReasonConferenceEnded", "x"],
        ["Reason", "Z"],
      ]),
    ).toBe("ReasonZReasonConferenceEndedx");
    expect(
      signedText("", [
        ["MediaUrl2", "c"],
        ["MediaUrl10", "b"],
        ["MediaUrl1", "a"],
      ]),
    ).toBe("MediaUrl1aMediaUrl10bMediaUrl2c");
  });

  it("sorts by UTF-16 code units, as the twilio package does", () => {
    // U+1F600 begins with 0xD83D, before U+FF21; by code point it would come after.
    expect(
      signedText("", [
        ["\uFF21", "2"],
        ["\u{1F600}", "1"],
      ]),
    ).toBe("\u{1F600}1\uFF212");
    expect(
      signedText("", [
        ["9", "b"],
        ["10", "a"],
        ["é", "d"],
        ["z", "c"],
      ]),
    ).toBe("10a9bzcéd");
  });

  it("repeats a repeated name, its values sorted and each of them once", () => {
    const parameters = [
      ["d", "9"],
      ["c", "x"],
      ["d", "10"],
      ["d", "9"],
    ] as const;
    expect(signedText("", parameters)).toBe("cxd10d9");
  });

  it("keeps values as they are: empty, blank at their ends, with line breaks", () => {
    expect(
      signedText("", [
        ["b", " x\r\n"],
        ["a", ""],
      ]),
    ).toBe("ab x\r\n");
  });

  it("takes names for names that an object has of its own", () => {
    expect(
      signedText("", [
        ["constructor", "2"],
        ["__proto__", "1"],
      ]),
    ).toBe("__proto__1constructor2");
  });

  it("does not depend on the order of parameters", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 5 });
    const shuffled = fc
      .array(fc.tuple(text, text))
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
    fc.assert(
      fc.property(shuffled, ([parameters, reordered]) => {
        expect(signedText("u", reordered)).toBe(signedText("u", parameters));
      }),
    );
  });
});

describe("sign()", () => {
  it("makes the signature of Twilio's worked example", async () => {
    const text = signedText(documented.url, documented.parameters);
    expect(await sign(documented.key, text)).toBe(documented.signature);
  });

  it("makes the HMAC-SHA256 of RFC 4231", async () => {
    expect(await sign(rfc4231.key, rfc4231.text)).toBe(rfc4231.signature);
  });

  it("signs the UTF-8 of the text, characters outside of the BMP included", async () => {
    // printf 'https://h/Bodynaïve 😀' | openssl dgst -sha1 -hmac 12345 -binary | base64
    expect(await sign(documented.key, "https://h/Bodynaïve 😀")).toBe(
      "4oJBaIBdWC6PdHto0C7VcxIpYdc=",
    );
  });
});

describe("matches()", () => {
  it.each([
    [
      "HMAC-SHA1",
      documented.key,
      signedText(documented.url, documented.parameters),
      documented.signature,
    ],
    ["HMAC-SHA256", rfc4231.key, rfc4231.text, rfc4231.signature],
  ] as const)("accepts the right %s", async (_, key, text, signature) => {
    expect(await matches(key, text, decoded(signature))).toBe(true);
  });

  it.each([0, 19])("refuses a signature with one bit changed in byte %i", async (index) => {
    const signature = decoded(documented.signature);
    signature[index] = (signature[index] ?? 0) ^ 1;
    expect(
      await matches(documented.key, signedText(documented.url, documented.parameters), signature),
    ).toBe(false);
  });

  it.each([0, 19, 21, 32])("refuses %i bytes", async (length) => {
    expect(await matches(authToken, "text", new Uint8Array(length))).toBe(false);
  });

  it("keeps keys apart that share a secret or a name", async () => {
    const sha1 = signingKey("same", "HMAC-SHA1");
    const sha256 = signingKey("same", "HMAC-SHA256");
    const other = { ...sha1, secret: "another" };
    const signature = decoded(await sign(sha1, "text"));
    expect(await matches(sha1, "text", signature)).toBe(true);
    expect(await matches(sha256, "text", signature)).toBe(false);
    expect(await matches(other, "text", signature)).toBe(false);
  });
});

describe("parseSignature()", () => {
  it("decodes 28 characters to 20 bytes and 44 to 32", () => {
    expect(parseSignature(documented.signature, "HMAC-SHA1")).toEqual({
      ok: true,
      value: decoded(documented.signature),
    });
    expect(parseSignature(rfc4231.signature, "HMAC-SHA256")).toEqual({
      ok: true,
      value: decoded(rfc4231.signature),
    });
  });

  it.each([null, ""])("says that %j is missing", (header) => {
    expect(parseSignature(header, "HMAC-SHA1")).toEqual({
      ok: false,
      error: { reason: "signature_missing" },
    });
  });

  it.each([
    ["one character less", documented.signature.slice(1)],
    ["one character more", `A${documented.signature}`],
    ["no padding", documented.signature.slice(0, -1)],
    ["21 bytes and no padding", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ["19 bytes and two paddings", "AAAAAAAAAAAAAAAAAAAAAAAAAA=="],
    ["padding inside", "AAAAAAAAAAAA=AAAAAAAAAAAAAA="],
    ["trailing bits", "L/OH5YylLD5NRKLltdqwSvS0BnV="],
    ["the URL-safe alphabet", "L_OH5YylLD5NRKLltdqwSvS0BnU="],
    ["a blank inside", "L/OH5YylLD5NR LltdqwSvS0BnU="],
    ["a line break at the end", "L/OH5YylLD5NRKLltdqwSvS0Bn=\n"],
    ["hexadecimal digits", "ba33ede7d210b4be2b2a2a25cfa2dc02b8702378"],
    ["two headers", `${documented.signature}, ${documented.signature}`],
    ["the other algorithm's length", rfc4231.signature],
    ["no ASCII", "é/OH5YylLD5NRKLltdqwSvS0BnU="],
  ])("refuses %s", (_, header) => {
    expect(parseSignature(header, "HMAC-SHA1")).toEqual({
      ok: false,
      error: { reason: "signature_malformed", length: header.length },
    });
  });

  it("accepts one spelling only of every signature", () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 28, maxLength: 28 }), (header) => {
        const parsed = parseSignature(header, "HMAC-SHA1");
        if (parsed.ok) expect(btoa(String.fromCharCode(...parsed.value))).toBe(header);
      }),
    );
  });
});

describe("algorithmOf()", () => {
  it.each([
    [43, "HMAC-SHA1"],
    [44, "HMAC-SHA256"],
    [45, "HMAC-SHA1"],
    [28, "HMAC-SHA1"],
  ])("takes %i characters for %s", (length, algorithm) => {
    expect(algorithmOf("A".repeat(length))).toBe(algorithm);
  });
});
