import { expect, test } from "vitest";
import { parseTarget } from "../../src/config/target.ts";

const exact = { star: "forbidden", budgetMs: 14_000 } as const;
const prefix = { star: "required", budgetMs: 14_000 } as const;

test.each([
  [
    "http://app.example.com/sms",
    'expected an https URL (http only for this machine itself), found "http://app.example.com/sms"',
  ],
  ["http://128.0.0.1/sms", "http only for this machine itself"],
  ["http://126.255.255.255/sms", "http only for this machine itself"],
  ["http://localhost.example.com/sms", "http only for this machine itself"],
  ["http://127.0.0.1.example.com/sms", "http only for this machine itself"],
  ["http://[::2]/sms", "http only for this machine itself"],
  ["ftp://app.example.com/sms", "expected an https URL"],
  ["wss://app.example.com/sms", "expected an https URL"],
  ["mailto:someone", "expected an https URL"],
  ["file:///etc/passwd", "expected an https URL"],
  ["app.example.com/sms", 'expected an https URL, found "app.example.com/sms"'],
  ["/sms", 'expected an https URL, found "/sms"'],
  [" https://app.example.com/sms", "expected an https URL"],
  ["https://app.example.com/s ms", "expected an https URL"],
  ["https://app.example.com/s\tms", "expected an https URL"],
  ["https://app.example.com\\sms", "expected an https URL"],
  ["https://app.example.com:99999/sms", "expected an https URL"],
  ["https://user:marker@app.example.com/sms", "expected a URL without user name and password"],
  ["https://marker@app.example.com/sms", "put them into headers, as a secret"],
  ["https://app.example.com/a/../sms", "expected a path without dot segments"],
  ["https://app.example.com/./sms", "expected a path without dot segments"],
  ["https://app.example.com/a/%2e%2E/sms", "expected a path without dot segments"],
  ["https://app.example.com/a/..", "expected a path without dot segments"],
  ["https://app.example.com/*", "expected no * at the end of the path"],
  ["https://app.example.com/a*b", "expected * only as the last segment"],
  ["https://app.example.com/sms*", "expected * only as the last segment"],
  ["https://app.example.com/sms?token=marker#tt=1", "expected tt to be"],
])("parseTarget() refuses %s", (typed, message) => {
  const { problems } = parseTarget(typed, exact);
  expect(problems).toEqual([expect.stringContaining(message)]);
  expect(problems.join()).not.toContain("marker");
});

test.each([
  ["https://app.example.com/voice", "expected /* at the end of the path"],
  ["https://app.example.com/voice/", "expected /* at the end of the path"],
  ["https://app.example.com/*/voice/*", "expected * only as the last segment"],
  ["https://app.example.com/voice?x=/*", "expected /* at the end of the path"],
])("parseTarget() refuses %s for a prefix", (typed, message) => {
  expect(parseTarget(typed, prefix).problems).toEqual([expect.stringContaining(message)]);
});

test("parseTarget() tells everything at once", () => {
  const typed = "http://user:marker@app.example.com/a/../b/*#rc=6&rp=x";
  expect(parseTarget(typed, exact).problems).toHaveLength(6);
});
