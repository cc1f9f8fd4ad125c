import { describe, expect, test } from "vitest";
import type { Row } from "../../src/page/api-types.ts";
import { rowsInSight, withNewest, withOlder, withRows } from "../../src/page/rows.ts";

function row(number: number, outcome = "answered"): Row {
  return {
    id: `D${number}`,
    outcome,
    reason: null,
    origin: "sms",
    method: "POST",
    path: "/sms",
    received_at: `2026-11-24T09:30:0${number}.000Z`,
    duration_ms: 1,
    account_sid: null,
    sids: [],
    twilio_status: null,
    http_status: 200,
    error_code: null,
    error: null,
    attempts: 1,
    under_way: false,
    next_attempt_at: null,
  };
}

const ids = ({ rows }: { readonly rows: readonly Row[] }): string[] => rows.map(({ id }) => id);

describe("a list of what shows a text", () => {
  const lookedAt = { deliveries: 500, back_to: "2026-11-24T09:00:00.000Z" };

  test("says how far it has looked, page by page", () => {
    const first = withNewest(
      { rows: [], cursor: null },
      { deliveries: [], cursor: "after-500", looked_at: lookedAt },
    );
    expect(first).toMatchObject({ rows: [], cursor: "after-500", lookedAt });
    const second = withOlder(first, {
      deliveries: [row(1)],
      cursor: null,
      looked_at: { deliveries: 70, back_to: null },
    });
    expect(second).toMatchObject({ cursor: null, lookedAt: { deliveries: 570, back_to: null } });
  });

  test("keeps what it has when a newer page shows nothing of it", () => {
    const list = { rows: [row(1)], cursor: "after-1000", lookedAt };
    const page = { deliveries: [row(3)], cursor: "after-500", looked_at: lookedAt };
    expect(withNewest(list, page)).toMatchObject({
      cursor: "after-1000",
      lookedAt,
      fresh: ["D3"],
      rows: [row(3), row(1)],
    });
    expect(withRows(list, [row(2)])).toMatchObject({ lookedAt });
  });
});

describe("withNewest()", () => {
  test("puts new rows above and keeps where the list goes on", () => {
    const list = { rows: [row(2), row(1)], cursor: "after-1" };
    const merged = withNewest(list, { deliveries: [row(3), row(2)], cursor: "after-2" });
    expect(ids(merged)).toEqual(["D3", "D2", "D1"]);
    expect(merged).toMatchObject({ cursor: "after-1", fresh: ["D3"] });
  });

  test("replaces what has ended meanwhile", () => {
    const list = { rows: [row(1, "running")], cursor: null };
    const merged = withNewest(list, { deliveries: [row(1)], cursor: null });
    expect(merged.rows[0]?.outcome).toBe("answered");
    expect(merged.fresh).toEqual([]);
  });

  test("begins anew where the page does not meet the list: there would be a gap", () => {
    const list = { rows: [row(2), row(1)], cursor: "after-1" };
    const merged = withNewest(list, { deliveries: [row(9), row(8)], cursor: "after-8" });
    expect(ids(merged)).toEqual(["D9", "D8"]);
    expect(merged.cursor).toBe("after-8");
  });

  test("has no gap where the page is the last one", () => {
    const list = { rows: [row(1)], cursor: null };
    expect(ids(withNewest(list, { deliveries: [row(2)], cursor: null }))).toEqual(["D2", "D1"]);
  });
});

test("withRows() puts rows that come late where they belong, and known ones in their place", () => {
  const list = { rows: [row(3), row(1)], cursor: "after-1" };
  const merged = withRows(list, [row(4), row(1, "failed"), row(2), row(4, "failed")]);
  expect(ids(merged)).toEqual(["D4", "D3", "D2", "D1"]);
  expect(merged.rows.map(({ outcome }) => outcome)).toEqual([
    "failed",
    "answered",
    "answered",
    "failed",
  ]);
  expect(merged).toMatchObject({ cursor: "after-1", fresh: ["D4", "D2"] });
});

test("withOlder() lists each once", () => {
  const list = { rows: [row(3), row(2)], cursor: "after-2" };
  const older = withOlder(list, { deliveries: [row(2), row(1)], cursor: null });
  expect(ids(older)).toEqual(["D3", "D2", "D1"]);
  expect(older.cursor).toBeNull();
});

describe("rowsInSight()", () => {
  test.each([
    [
      { count: 0, offset: 0 },
      { start: 0, end: 0 },
    ],
    [
      { count: 5, offset: 0 },
      { start: 0, end: 5 },
    ],
    [
      { count: 10_000, offset: -200 },
      { start: 0, end: 28 },
    ],
    [
      { count: 10_000, offset: 40_000 },
      { start: 992, end: 1_033 },
    ],
    [
      { count: 10_000, offset: 400_000 },
      { start: 9_992, end: 10_000 },
    ],
    [
      { count: 5, offset: 40_000 },
      { start: 5, end: 5 },
    ],
  ])("of %j is %j", (input, expected) => {
    expect(rowsInSight({ rowHeight: 40, height: 1_000, ...input })).toEqual(expected);
  });
});
