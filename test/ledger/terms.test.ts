import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SearchFilters } from "../../src/ledger/search.ts";
import { toMatch, toWrittenMatch } from "../../src/ledger/terms.ts";

describe("toMatch()", () => {
  test.each<[SearchFilters, string | undefined]>([
    [{}, undefined],
    [{ sinceMs: 1, untilMs: 2 }, undefined],
    [{ origin: "sms" }, '"osms"'],
    [{ origin: "sms", outcome: "failed", httpStatus: 502 }, '"osms" AND "ufailed" AND "h502"'],
    [{ sid: "CA00000000000000000000000000000001" }, '"CA00000000000000000000000000000001"'],
    [
      { errorCode: 11_200, account: "AC1", twilioStatus: "no-answer" },
      '"aAC1" AND "tno-answer" AND "e11200"',
    ],
    [{ fromHashes: ["f1", "f2"] }, '("f1" OR "f2")'],
    [{ minMs: 49 }, undefined],
    [{ minMs: 14_000 }, '("d9" OR "d10")'],
    [{ minMs: 30_001 }, '("d10")'],
  ])("of %j is %s", (filters, match) => {
    expect(toMatch(filters)).toBe(match);
  });

  test.each(['a" OR "b', "a b", "naïve", "x".repeat(65), "", "*", "a:b"])(
    "asks the index for no text that is not a word: %s",
    (text) => {
      for (const filters of [
        { origin: text },
        { sid: text },
        { account: text },
        { twilioStatus: text },
      ]) {
        expect(toMatch({ ...filters, outcome: "failed" })).toBe('"ufailed"');
      }
    },
  );
});

describe("toWrittenMatch()", () => {
  const seconds = fc.integer({ min: 1_000_000_000, max: 4_000_000_000 });

  test("finds exactly the seconds of a span, with few prefixes", () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 3_000 }), (sinceS, length) => {
        const match = toWrittenMatch(sinceS * 1_000, (sinceS + length) * 1_000);
        const parts = match.split(" OR ").map((part) => {
          const [, digits = "", star = ""] = /^"w(\d+)"( \*)?$/.exec(part) ?? [];
          return { digits, isPrefix: star !== "" };
        });
        expect(parts.length).toBeLessThan(60);
        for (const atS of [sinceS - 1, sinceS, sinceS + length, sinceS + length + 1]) {
          const text = String(atS);
          const isFound = parts.some(({ digits, isPrefix }) =>
            isPrefix ? text.startsWith(digits) : text === digits,
          );
          expect(isFound).toBe(atS >= sinceS && atS <= sinceS + length);
        }
      }),
    );
  });

  test("begins no earlier than ten digits go", () => {
    expect(toWrittenMatch(0, 1_000_000_001_000)).toBe('"w1000000000" OR "w1000000001"');
    expect(toWrittenMatch(1_790_000_000_000, 1_790_000_009_000)).toBe('"w179000000" *');
  });
});
