import { describe, expect, test } from "vitest";
import { parseBaseUrl } from "../../../src/cli/log/base-url.ts";

describe("parseBaseUrl()", () => {
  test.each([
    ["https://hooks.example.com", "https://hooks.example.com"],
    ["https://hooks.example.com/", "https://hooks.example.com"],
    ["https://hooks.example.com:8443", "https://hooks.example.com:8443"],
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://localhost:8787/", "http://localhost:8787"],
    ["http://[::1]:8787", "http://[::1]:8787"],
  ])("takes %s", (typed, origin) => {
    expect(parseBaseUrl(typed)).toEqual({ ok: true, value: origin });
  });

  test.each([
    ["no URL", "hooks.example.com", "found none"],
    ["another scheme", "ftp://hooks.example.com", "found none"],
    ["a path", "https://hooks.example.com/_log", "found more"],
    ["a query", "https://hooks.example.com/?a=1", "found more"],
    ["a user name", "https://user@hooks.example.com", "found more"],
    ["plain http to another machine", "http://hooks.example.com", "expected https"],
    ["a host that only begins like this machine", "http://127.0.0.1.example.com", "expected https"],
  ])("refuses %s", (_what, typed, message) => {
    const parsed = parseBaseUrl(typed);
    expect(!parsed.ok && parsed.error).toContain(message);
  });

  test("does not repeat a password", () => {
    expect(JSON.stringify(parseBaseUrl("https://user:geheim@hooks.example.com"))).not.toContain(
      "geheim",
    );
  });
});
