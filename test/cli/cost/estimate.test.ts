import { describe, expect, test } from "vitest";
import {
  type CostInput,
  listPriceOfMillion,
  estimate,
  freePlan,
  freeWebhooks,
  objectDollars,
} from "../../../src/cli/cost/estimate.ts";
import { announced } from "../../../src/cli/cost/operations.ts";

const input: CostInput = {
  perDay: 100_000,
  mode: "respond",
  duplicates: 0,
  originMs: 1_000,
  days: 30,
  bytes: 1_000,
  peak: 10,
};

/** Nothing but what is named. */
const nothing = {
  workerRequests: 0,
  ledgerRequests: 0,
  rowsWritten: 0,
  rowsRead: 0,
  kvReads: 0,
  kvWrites: 0,
};

function lineOf(title: string, more: Partial<CostInput> = {}) {
  return estimate({ ...input, ...more }).lines.find((line) => line.title === title);
}

describe("listPriceOfMillion()", () => {
  // A price is the list's: Worker with 3 ms of CPU, ledger request, rows, KV.
  test.each([
    ["workerRequests", 0.36],
    ["ledgerRequests", 0.15],
    ["rowsWritten", 1],
    ["rowsRead", 0.001],
    ["kvReads", 0.5],
    ["kvWrites", 5],
  ] as const)("of %s alone is %d", (name, dollars) => {
    expect(listPriceOfMillion({ ...nothing, [name]: 1 })).toBeCloseTo(dollars, 10);
  });
});

describe("estimate()", () => {
  test("charges what is above the plan's allotment and nothing below", () => {
    const { kvWrites } = announced.respond;
    const atLimit = 1_000_000 / 30 / kvWrites;
    expect(lineOf("KV writes", { perDay: Math.floor(atLimit) })?.dollars).toBe(0);
    expect(lineOf("KV writes", { perDay: 100_000 })).toMatchObject({
      perMonth: 3_000_000,
      dollars: (3 - 1) * 5,
    });
  });

  test("adds the plan to what is above", () => {
    const found = estimate(input);
    const lines = found.lines.reduce((sum, { dollars }) => sum + dollars, 0);
    expect(found.dollarsPerMonth).toBeCloseTo(5 + lines, 10);
  });

  test("mixes duplicates in by their part", () => {
    const rows = (duplicates: number): number =>
      lineOf("rows written", { duplicates })?.perMonth ?? 0;
    expect(rows(0) - rows(1)).toBeCloseTo(
      3_000_000 * (announced.respond.rowsWritten - announced.duplicate.rowsWritten),
      0,
    );
    expect(rows(0.5)).toBeCloseTo((rows(0) + rows(1)) / 2, 0);
  });

  test.each([
    [150, announced.respondFast],
    [151, announced.respond],
  ])("an origin that takes %d ms", (originMs, { rowsWritten }) => {
    const day = 24 * 60; // and what is counted, once a minute
    expect(lineOf("rows written", { originMs })?.perMonth).toBe(30 * (100_000 * rowsWritten + day));
  });

  test("counts what an object writes now and then once a minute at most, and alarms in queue mode only", () => {
    const beside = (mode: "respond" | "queue", perDay: number): number =>
      (lineOf("rows written", { mode, perDay })?.perMonth ?? 0) / 30 -
      perDay * announced[mode].rowsWritten;
    expect(beside("respond", 100)).toBeCloseTo(100, 6);
    expect(beside("respond", 100_000)).toBeCloseTo(1_440, 6);
    expect(beside("queue", 100_000)).toBeCloseTo(1_440 + (2 * 86_400) / 19, 6);
  });

  test("has an object awake for no more than all of the day", () => {
    expect(lineOf("ledger time, GB-s", { perDay: 10 })?.perMonth).toBeCloseTo(10 * 60 * 0.128 * 30);
    expect(lineOf("ledger time, GB-s", { perDay: 50_000 })?.perMonth).toBeCloseTo(331_776);
    expect(objectDollars()).toBeCloseTo(4.147, 3);
  });

  test("wants an object more where the busiest second or what is stored asks for it", () => {
    const shards = (more: Partial<CostInput>): number => estimate({ ...input, ...more }).shards;
    const inASecond = 86_400 * (200 / announced.respond.ledgerRequests);
    const small = { bytes: 1, days: 2, peak: 1 };
    expect(shards({ ...small, perDay: inASecond })).toBe(1);
    expect(shards({ ...small, perDay: inASecond + 86_400 })).toBe(2);
    expect(shards({ ...small, perDay: inASecond, peak: 10 })).toBe(10);
    expect(shards({ perDay: 70_000, bytes: 1_000, days: 100, peak: 1 })).toBe(1);
    expect(shards({ perDay: 70_001, bytes: 1_000, days: 100, peak: 1 })).toBe(2);
  });
});

describe("freePlan()", () => {
  test("names what runs out first, before the others", () => {
    const webhooks = freePlan(input).map((line) => line.webhooks);
    expect(webhooks).toEqual(webhooks.toSorted((one, other) => one - other));
  });

  test("carries so many that one more would be too much", () => {
    const rows = (perDay: number): number =>
      freePlan({ ...input, perDay }).find(({ title }) => title === "rows written")?.usedPerDay ?? 0;
    const most = freeWebhooks(announced.respond, "respond");
    expect(rows(most)).toBeLessThanOrEqual(100_000);
    expect(rows(most + 1)).toBeGreaterThan(100_000);
  });

  test("takes KV's writes for spare: webhooks go on without", () => {
    const spare = freePlan(input).filter(({ isSpare }) => isSpare);
    expect(spare.map(({ title, webhooks }) => [title, webhooks])).toEqual([["KV writes", 1_000]]);
  });
});
