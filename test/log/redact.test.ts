import { describe, expect, test } from "vitest";
import { redactBody, redactEncoded, redactHeaders } from "../../src/log/redact.ts";

const form = new Headers({ "Content-Type": "application/x-www-form-urlencoded" });
const json = new Headers({ "Content-Type": "application/json" });

function bodyOf(headers: Headers, text: string): string {
  return new TextDecoder().decode(
    redactBody(headers, Uint8Array.from(new TextEncoder().encode(text))).kept,
  );
}

describe("redaction", () => {
  test("empties keypad digits and says so", () => {
    expect(redactEncoded("CallSid=CA1&Digits=1234&To=%2B1")).toEqual({
      kept: "CallSid=CA1&Digits=&To=%2B1",
      isRedacted: true,
    });
  });

  test("empties a call token without calling the delivery redacted: a replay needs none", () => {
    expect(redactEncoded("CallToken=abc")).toEqual({ kept: "CallToken=", isRedacted: false });
  });

  test("leaves everything else to the letter", () => {
    const text = "b=%2b&a=+%zz&&Body=Digits&=x&c";
    expect(redactEncoded(text)).toEqual({ kept: text, isRedacted: false });
  });

  test("leaves empty digits alone: there was nothing to keep", () => {
    expect(redactEncoded("Digits=&x=1").isRedacted).toBe(false);
  });

  test("keeps the bytes of a form that are not text", () => {
    const body = Uint8Array.from([...new TextEncoder().encode("Digits=9&x="), 0xff, 0x80]);
    expect([...redactBody(form, body).kept]).toEqual([
      ...new TextEncoder().encode("Digits=&x="),
      0xff,
      0x80,
    ]);
  });

  test("looks into a Debugger payload", () => {
    const payload = JSON.stringify({
      webhook: { request: { parameters: { Digits: "4242", CallSid: "CA1" } } },
    });
    const kept = bodyOf(form, `Sid=NO1&Payload=${encodeURIComponent(payload)}`);
    expect(kept).not.toContain("4242");
    expect(decodeURIComponent(kept)).toContain('"CallSid":"CA1"');
  });

  test("looks into an ErrorUrl", () => {
    const url = encodeURIComponent("https://h.example/voice?Digits=4242&x=1");
    expect(bodyOf(form, `ErrorUrl=${url}`)).not.toContain("4242");
  });

  test.each([
    ["a form", "To=%2B1&Digits=4242", "To=%2B1&Digits="],
    ["a URL without a host", "/voice?Digits=4242&x=1", "/voice?Digits=&x=1"],
    [
      "a sentence",
      "Got 502 from https://h.example/?Digits=4242 in 2 s",
      "Got 502 from https://h.example/?Digits= in 2 s",
    ],
    [
      "markup",
      "<Response><Redirect>/x?a=1&amp;Digits=4242</Redirect></Response>",
      "<Response><Redirect>/x?a=1&amp;Digits=</Redirect></Response>",
    ],
  ])("looks into %s in a value", (_, value, kept) => {
    for (const text of [
      bodyOf(json, JSON.stringify({ value })),
      bodyOf(form, `value=${encodeURIComponent(value)}`),
    ])
      expect(text).not.toContain("4242");
    expect(JSON.parse(bodyOf(json, JSON.stringify({ value })))).toEqual({ value: kept });
  });

  test("looks into a body of another type, or of none: a form whose type was lost", () => {
    const text = new Headers({ "Content-Type": "text/plain" });
    expect(bodyOf(text, "CallSid=CA1&Digits=4242")).toBe("CallSid=CA1&Digits=");
    expect(bodyOf(new Headers(), "said: Digits=4242 by CA1")).toBe("said: Digits= by CA1");
  });

  test("leaves to the letter what somebody has said", () => {
    const text = "Body=my+ProfileId%3D7+is+new&x=%41";
    expect(redactEncoded(text)).toEqual({ kept: text, isRedacted: false });
  });

  test("looks into JSON, at any depth and in any spelling", () => {
    expect(bodyOf(json, '{"data":[{"security_code":"123","id":7}]}')).toBe(
      '{"data":[{"security_code":"","id":7}]}',
    );
    expect(bodyOf(json, '{"data":{"Digits":42}}')).toBe('{"data":{"Digits":""}}');
  });

  test("goes only so deep into values in values, and empties what is deeper", () => {
    const deep = (levels: number): string =>
      levels === 0 ? "Digits=4242" : `u=${encodeURIComponent(`http://h?${deep(levels - 1)}`)}`;
    expect(decodeURIComponent(decodeURIComponent(redactEncoded(deep(2)).kept))).toBe(
      "u=http://h?u=http://h?Digits=",
    );
    expect(redactEncoded(deep(3)).kept).not.toContain("4242");
    expect(redactEncoded(deep(9)).isRedacted).toBe(true);
  });

  test("takes a hostile chain of URLs without looking for its end", () => {
    const chain = `x=${"http://a?u=".repeat(100_000)}Digits=1`;
    expect(redactEncoded(chain).kept.length).toBeLessThan(chain.length);
  });

  test("empties what may hold digits and cannot be read", () => {
    expect(redactEncoded(`Payload=${encodeURIComponent('{"Digits":"42')}`)).toEqual({
      kept: "Payload=",
      isRedacted: true,
    });
    expect(bodyOf(json, '{"Digits":"42')).toBe("");
  });

  test("is not misled by a name in percent-encoded letters", () => {
    expect(redactEncoded("D%69gits=42").kept).toBe("D%69gits=");
    expect(bodyOf(json, String.raw`{"D\u0069gits":"42"}`)).toBe('{"Digits":""}');
  });

  test("keeps no credentials, cookies, signature or client address", () => {
    const headers = new Headers({
      Authorization: "Basic x",
      Cookie: "a=b",
      "X-Twilio-Signature": "s",
      "CF-Connecting-IP": "1.2.3.4",
      "I-Twilio-Idempotency-Token": "t",
    });
    expect(redactHeaders(headers).map(([name]) => name)).toEqual(["i-twilio-idempotency-token"]);
  });
});
