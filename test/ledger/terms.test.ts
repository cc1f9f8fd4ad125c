import { describe, expect, test } from "vitest";
import type { SearchFilters } from "../../src/ledger/search.ts";
import { toMatch } from "../../src/ledger/terms.ts";

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
