import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countsOf,
  emptyTally,
  isHeard,
  mergeSteps,
  percentiles,
  sum,
  tallyOf,
  webhooksIn,
  type Counted,
  type Tally,
} from "../../src/ledger/tally.ts";

const one: Counted = {
  origin: "sms",
  outcome: "answered",
  reason: "",
  count: 1,
  totalMs: 40,
  originMs: 30,
};

function tallied(...all: readonly Partial<Counted>[]) {
  return tallyOf(all.map((more) => ({ ...one, ...more })));
}

describe("tallyOf()", () => {
  test("counts by origin, outcome and reason, and by error code", () => {
    const tally = tallied(
      {},
      {},
      { outcome: "failed", errorCode: 11_200 },
      { reason: "x", count: 5 },
    );
    expect(countsOf(tally)).toEqual([
      { origin: "sms", outcome: "answered", reason: "", count: 2 },
      { origin: "sms", outcome: "failed", reason: "", count: 1 },
      { origin: "sms", outcome: "answered", reason: "x", count: 5 },
    ]);
    expect(tally.codes).toEqual({ 11200: 1 });
  });

  test("puts no time where none was measured", () => {
    const tally = tallied({ totalMs: undefined, originMs: undefined });
    expect(tally).toMatchObject({ total: {}, origin: {}, overhead: {} });
    const answered = tallied({ originMs: undefined });
    expect(percentiles(Object.values(answered.overhead))?.p50).toBeGreaterThan(30);
    expect(answered.origin).toEqual({});
    const attempted = tallied({ totalMs: undefined });
    expect(attempted.total).toEqual({});
    expect(percentiles(Object.values(attempted.origin))).toBeDefined();
  });

  test.each(["constructor", "toString"])("counts the times of an origin named %s", (origin) => {
    const tally = tallied({ origin }, { origin });
    expect(percentiles([tally.total[origin] ?? {}])).toBeDefined();
    expect(webhooksIn(tally, origin)).toBe(2);
  });
});

describe("percentiles()", () => {
  test("are right to a tenth, whatever was measured", () => {
    const times = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(times, (measured) => {
        const tally = tallied(...measured.map((totalMs) => ({ totalMs })));
        const sorted = measured.toSorted((a, b) => a - b);
        const found = percentiles(Object.values(tally.total));
        for (const [share, ms] of [
          [0.5, found?.p50],
          [0.95, found?.p95],
          [0.99, found?.p99],
        ] as const) {
          const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
          expect(Math.abs((ms ?? 0) - exact)).toBeLessThanOrEqual(1 + exact * 0.11);
        }
      }),
    );
  });

  test("of nothing are none, and of no time at all are 0", () => {
    expect(percentiles([])).toBeUndefined();
    expect(percentiles([{}])).toBeUndefined();
    expect(percentiles(Object.values(tallied({ totalMs: 0 }).total))).toEqual({
      p50: 0,
      p95: 0,
      p99: 0,
    });
  });
});

test("sum() of parts is what counting all of it would be", () => {
  const some = fc.record({
    origin: fc.constantFrom("sms", "voice", "__proto__"),
    outcome: fc.constantFrom("answered", "failed"),
    errorCode: fc.constantFrom(undefined, 11_200),
    totalMs: fc.constantFrom(undefined, 5, 500),
    originMs: fc.constantFrom(undefined, 3),
  });
  fc.assert(
    fc.property(fc.array(some), fc.array(some), (first, second) => {
      expect(sum([tallied(...first), tallied(...second)])).toEqual(tallied(...first, ...second));
    }),
  );
});

test("mergeSteps() puts shards together, in the order of time", () => {
  const [a, b] = [tallied({}), tallied({}, {})];
  expect(
    mergeSteps([
      [[2, a]],
      [
        [1, b],
        [2, b],
      ],
      [],
    ]),
  ).toEqual([
    [1, b],
    [2, sum([a, b])],
  ]);
});

test("isHeard() takes webhooks of any end for a sign of Twilio, what the queue delivers and what is refused for none", () => {
  const tally = (counted: Partial<Counted>): Tally =>
    tallyOf([{ origin: "sms", outcome: "answered", reason: "", count: 1, ...counted }]);
  expect(isHeard(tally({ totalMs: 40 }))).toBe(true);
  expect(isHeard(tally({ outcome: "queued", totalMs: 4 }))).toBe(true);
  expect(isHeard(tally({ outcome: "unrouted" }))).toBe(true);
  expect(isHeard(tally({ outcome: "delivered", originMs: 30 }))).toBe(false);
  expect(isHeard(tally({ outcome: "refused", reason: "signature_missing" }))).toBe(false);
  expect(isHeard(emptyTally)).toBe(false);
});
