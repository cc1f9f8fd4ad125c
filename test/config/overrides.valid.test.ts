import { expect, test } from "vitest";
import { parseOverrides } from "../../src/config/overrides.ts";

const own = { budgetMs: 14_000 };

test("parseOverrides() gives the defaults for no fragment", () => {
  expect(parseOverrides("", own)).toEqual({
    overrides: {
      budgetMs: 14_000,
      attemptTimeoutMs: undefined,
      retries: 1,
      retryOn: new Set(["ct"]),
    },
    problems: [],
    warnings: [],
  });
});

test("parseOverrides() reads Twilio's own example", () => {
  expect(parseOverrides("rc=2&rt=4000&rp=ct,rt&tt=12000", own)).toEqual({
    overrides: {
      budgetMs: 12_000,
      attemptTimeoutMs: 4_000,
      retries: 2,
      retryOn: new Set(["ct", "rt"]),
    },
    problems: [],
    warnings: [],
  });
});

test.each([
  ["tt=100", { budgetMs: 100 }],
  ["tt=15000", { budgetMs: 15_000 }],
  ["rt=100", { attemptTimeoutMs: 100 }],
  ["rt=15000", { attemptTimeoutMs: 15_000 }],
  ["rc=0", { retries: 0 }],
  ["rc=5", { retries: 5 }],
  ["rp=4xx", { retryOn: new Set(["4xx"]) }],
  ["rp=5xx,ct", { retryOn: new Set(["5xx", "ct"]) }],
  ["rp=all", { retryOn: new Set(["4xx", "5xx", "ct", "rt"]) }],
  ["rp=rt,all", { retryOn: new Set(["4xx", "5xx", "ct", "rt"]) }],
])("parseOverrides() reads %s", (fragment, overrides) => {
  const parsed = parseOverrides(fragment, own);
  expect(parsed.overrides).toMatchObject(overrides);
  expect([...parsed.problems, ...parsed.warnings]).toEqual([]);
});

test.each([
  ["ct=100", /^ct has no effect: Workers have no connect timeout/],
  ["ct=10000", /^ct has no effect/],
  ["sni=y", /^sni has no effect/],
  ["sni=n", /^sni has no effect/],
  ["e=dublin", /^e has no effect/],
  ["e=ashburn,sao-paulo,umatilla", /^e has no effect/],
])("parseOverrides() takes %s and says that it changes nothing", (fragment, warning) => {
  const parsed = parseOverrides(fragment, own);
  expect(parsed.problems).toEqual([]);
  expect(parsed.warnings).toEqual([expect.stringMatching(warning)]);
});
