import { describe, expect, test } from "vitest";
import { dayBefore, dayOf, expiredDays, nextDayAtMs } from "../../src/ledger/days.ts";

const noon = Date.UTC(2026, 10, 24, 12);

describe("days", () => {
  test("dayOf() changes at midnight UTC", () => {
    expect(dayOf(Date.UTC(2026, 10, 24) - 1)).toBe("20261123");
    expect(dayOf(Date.UTC(2026, 10, 24))).toBe("20261124");
  });

  test("dayBefore() crosses months and leap days", () => {
    expect(dayBefore(Date.UTC(2028, 2, 1))).toBe("20280229");
  });

  test("nextDayAtMs() is the next midnight, also at midnight", () => {
    expect(nextDayAtMs(noon)).toBe(Date.UTC(2026, 10, 25));
    expect(nextDayAtMs(Date.UTC(2026, 10, 24))).toBe(Date.UTC(2026, 10, 25));
  });

  test("expiredDays() keeps the last day that counts and drops the one before", () => {
    const days = ["20261124", "20261123", "20261122"];
    expect(expiredDays({ days, nowMs: noon, keepDays: 2 })).toEqual(["20261122"]);
  });
});
