import { expect, test } from "vitest";
import { calledUrl, headerSafe, urlText } from "../../src/forward/public-url.ts";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import type { RawUrl } from "../../src/receive/webhook.ts";

function raw(url: string): RawUrl {
  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined) throw new TypeError(`Cannot read ${url}`);
  return rawUrl;
}

test("calledUrl() is the received one, its text kept to the letter", () => {
  const url = "http://Hooks.example.net:8080/%7e/a?b='&&c#d";
  expect(urlText(calledUrl(raw(url), undefined))).toBe(
    "http://Hooks.example.net:8080/%7e/a?b='&&c",
  );
  expect(urlText(raw("https://h/?"))).toBe("https://h/?");
});

test("calledUrl() takes scheme, host and port from public_url, and the rest from the request", () => {
  const configured = { scheme: "https", host: "hooks.example.com", port: undefined } as const;
  expect(urlText(calledUrl(raw("http://127.0.0.1:8787/sms?a=1"), configured))).toBe(
    "https://hooks.example.com/sms?a=1",
  );
});

test.each([
  ["https://h/a%20b?c='~", "https://h/a%20b?c='~"],
  ["https://h/caf\u00e9?n=\u{1f44b}", "https://h/caf%C3%A9?n=%F0%9F%91%8B"],
  ["a b\r\nX-Evil: 1\u007f\u0000", "a%20b%0D%0AX-Evil:%201%7F%00"],
  ["\ud800", "%EF%BF%BD"],
])("headerSafe() makes %j %j", (text, expected) => {
  expect(headerSafe(text)).toBe(expected);
});
