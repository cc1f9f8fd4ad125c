import { expect, test } from "vitest";
import { parseTarget } from "../../src/config/target.ts";

const exact = { star: "forbidden", budgetMs: 14_000 } as const;
const prefix = { star: "required", budgetMs: 14_000 } as const;

test.each([
  ["https://app.example.com/sms", { base: "https://app.example.com", path: "/sms" }],
  ["https://app.example.com", { base: "https://app.example.com", path: "/" }],
  ["https://app.example.com:443/sms", { base: "https://app.example.com" }],
  ["https://app.example.com:8443/sms", { base: "https://app.example.com:8443" }],
  ["HTTPS://App.Example.Com/Sms", { base: "https://app.example.com", path: "/Sms" }],
  ["https://app.example.com/a b".replace(" ", "%20"), { path: "/a%20b" }],
  ["https://app.example.com/é", { path: "/%C3%A9" }],
  ["https://app.example.com/a//b", { path: "/a//b" }],
  ["https://app.example.com/..a/b.", { path: "/..a/b." }],
  ["https://app.example.com/sms?tenant=1&x=%27", { path: "/sms", query: "tenant=1&x=%27" }],
  ["https://app.example.com/sms?to=a@b", { query: "to=a@b" }],
  ["https://app.example.com/sms?", { query: undefined }],
  ["https://app.example.com/sms?x=*#tt=5000", { query: "x=*" }],
])("parseTarget() reads %s", (typed, target) => {
  const parsed = parseTarget(typed, exact);
  expect(parsed).toMatchObject({ problems: [], warnings: [] });
  expect(parsed.target).toMatchObject({ isPrefix: false, ...target });
});

test.each([
  ["https://app.example.com/voice/*", { path: "/voice/" }],
  ["https://app.example.com/*", { path: "/" }],
  ["https://app.example.com/voice/*?a=1#rc=2", { path: "/voice/", query: "a=1" }],
])("parseTarget() reads the prefix %s without its star", (typed, target) => {
  const parsed = parseTarget(typed, prefix);
  expect(parsed.problems).toEqual([]);
  expect(parsed.target).toMatchObject({ isPrefix: true, ...target });
});

test.each([
  "http://localhost:8788/sms",
  "http://127.0.0.1/sms",
  "http://127.255.255.254:1/sms",
  "http://127.1/sms",
  "http://[::1]:8788/sms",
  "https://localhost/sms",
])("parseTarget() takes %s for local use and says so", (typed) => {
  const parsed = parseTarget(typed, exact);
  expect(parsed.problems).toEqual([]);
  expect(parsed.warnings).toEqual([expect.stringContaining("not reached from Cloudflare")]);
});

test("parseTarget() reads the fragment as connection overrides, with the rules' budget as default", () => {
  const typed = "https://app.example.com/sms#rc=3&ct=500";
  const parsed = parseTarget(typed, { star: "forbidden", budgetMs: 4_000 });
  expect(parsed.target?.overrides).toMatchObject({ retries: 3, budgetMs: 4_000 });
  expect(parsed.warnings).toEqual([expect.stringContaining("ct has no effect")]);
});

test.each(["https://backup.example.com/voice", "https://backup.example.com/voice/*"])(
  "parseTarget() takes %s where a star is allowed",
  (typed) => {
    expect(parseTarget(typed, { star: "allowed", budgetMs: 4_000 }).problems).toEqual([]);
  },
);
