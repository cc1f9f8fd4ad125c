import { describe, expect, test } from "vitest";
import {
  isMatch,
  mergePages,
  toSql,
  type FoundDelivery,
  type SearchFilters,
} from "../../src/ledger/search.ts";

function found(seq: number, id: string, more: Partial<FoundDelivery> = {}): FoundDelivery {
  return {
    seq,
    id,
    outcome: "answered",
    reason: undefined,
    origin: "sms",
    receivedAtMs: 0,
    durationMs: 10,
    accountSid: "AC1",
    sids: ["SM1", "SM2"],
    twilioStatus: "received",
    httpStatus: 200,
    errorCode: undefined,
    attempts: 1,
    method: "POST",
    path: "/sms",
    pending: undefined,
    ...more,
  };
}

const everything = { filters: {}, limit: 10, after: undefined };

describe("search", () => {
  test("mergePages() puts pages of shards in one order, newest first, each delivery once", () => {
    const merged = mergePages(
      [
        [found(5, "B"), found(1, "A")],
        [found(5, "C"), found(1, "A")],
      ],
      3,
    );
    expect(merged.map(({ id }) => id)).toEqual(["C", "B", "A"]);
  });

  test("isMatch() goes on behind the last row of the page before, also within one instant", () => {
    const request = { ...everything, after: { seq: 5, id: "B" } };
    expect(isMatch(found(5, "C"), request)).toBe(false);
    expect(isMatch(found(5, "B"), request)).toBe(false);
    expect(isMatch(found(5, "A"), request)).toBe(true);
    expect(isMatch(found(4, "Z"), request)).toBe(true);
  });

  const filters: readonly (readonly [SearchFilters, boolean])[] = [
    [{ origin: "sms" }, true],
    [{ origin: "voice" }, false],
    [{ outcome: "failed" }, false],
    [{ sid: "SM2" }, true],
    [{ sid: "SM" }, false],
    [{ account: "AC1", twilioStatus: "received", httpStatus: 200 }, true],
    [{ errorCode: 11200 }, false],
    [{ minMs: 10 }, true],
    [{ minMs: 11 }, false],
  ];
  test.each(filters)("isMatch() holds a delivery against %j", (filter, expected) => {
    expect(isMatch(found(1, "A"), { ...everything, filters: filter })).toBe(expected);
  });

  test("toSql() binds every value and writes none into the statement", () => {
    const { where, values } = toSql({
      ...everything,
      filters: { origin: "'; DROP TABLE x", sid: "SM1", minMs: 5 },
    });
    expect(where).not.toContain("DROP");
    expect(where.split("?").length - 1).toBe(values.length);
  });

  test("toSql() without filters is a condition that always holds", () => {
    expect(toSql(everything)).toEqual({ where: "1", values: [] });
  });
});
