import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RetryOn } from "../../src/config/types.ts";
import type { FailureClass } from "../../src/forward/origin.ts";
import { attemptFloorMs, decideRetry, type RetryInput } from "../../src/forward/retry.ts";

const words: readonly RetryOn[] = ["4xx", "5xx", "ct", "rt"];
const classes: readonly FailureClass[] = ["unreached", "lost", "timeout", "status", "unusable"];

/** A first attempt that failed with 503 under `rp=all&rc=5`, with all the time there is. */
function input(overrides: {
  readonly failed?: Partial<RetryInput["failed"]>;
  readonly policy?: Partial<RetryInput["policy"]>;
  readonly nowMs?: number;
  readonly deadlineMs?: number;
  readonly random?: number;
}): RetryInput {
  return {
    failed: { number: 1, class: "status", status: 503, retryAfter: undefined, ...overrides.failed },
    policy: {
      retries: 5,
      retryOn: new Set(words),
      attemptTimeoutMs: undefined,
      ...overrides.policy,
    },
    nowMs: overrides.nowMs ?? 10_000,
    deadlineMs: overrides.deadlineMs ?? 20_000,
    random: overrides.random ?? 0,
  };
}

test.each<[FailureClass, number | undefined, RetryOn | undefined]>([
  ["unreached", undefined, "ct"],
  ["unreached", 521, "ct"],
  ["lost", undefined, "rt"],
  ["lost", 520, "rt"],
  ["timeout", undefined, "rt"],
  ["timeout", 524, "rt"],
  ["status", 400, "4xx"],
  ["status", 429, "4xx"],
  ["status", 499, "4xx"],
  ["status", 500, "5xx"],
  ["status", 599, "5xx"],
  ["unusable", 200, undefined],
])("decideRetry() repeats %s (%s) under rp=%s and no other word", (failureClass, status, word) => {
  for (const retryOn of words) {
    const decided = decideRetry(
      input({ failed: { class: failureClass, status }, policy: { retryOn: new Set([retryOn]) } }),
    );
    expect(decided).toEqual(
      retryOn === word ? { kind: "retry", delayMs: 0 } : { kind: "give_up", reason: "not_retried" },
    );
  }
});

test("decideRetry() never repeats what the origin has answered unusably", () => {
  expect(decideRetry(input({ failed: { class: "unusable", status: 200 } }))).toEqual({
    kind: "give_up",
    reason: "not_retried",
  });
});

test("decideRetry() makes as many attempts after the first as rc says", () => {
  const policy = { retries: 2 };
  expect(decideRetry(input({ policy, failed: { number: 2 } })).kind).toBe("retry");
  expect(decideRetry(input({ policy, failed: { number: 3 } }))).toEqual({
    kind: "give_up",
    reason: "retries_used",
  });
  expect(decideRetry(input({ policy: { retries: 0 } }))).toEqual({
    kind: "give_up",
    reason: "retries_used",
  });
});

test.each([
  [1, 50],
  [2, 100],
  [3, 200],
  [4, 400],
  [5, 500],
])("decideRetry() waits, after attempt %i and with chance at a half, %i ms", (number, delayMs) => {
  expect(decideRetry(input({ failed: { number }, random: 0.5 }))).toEqual({
    kind: "retry",
    delayMs,
  });
});

test.each([
  ["500 ms", undefined, 500],
  ["500 ms", 4000, 500],
  ["its own bound", 499, 499],
  ["its own bound", 100, 100],
])("attemptFloorMs() is %s with rt=%s", (_, attemptTimeoutMs, floorMs) => {
  expect(attemptFloorMs({ attemptTimeoutMs })).toBe(floorMs);
});

test("decideRetry() gives up when delay and floor miss the deadline by one millisecond", () => {
  const nowMs = 10_000;
  const random = 0.5; // 50 ms
  expect(decideRetry(input({ nowMs, random, deadlineMs: 10_550 }))).toEqual({
    kind: "retry",
    delayMs: 50,
  });
  expect(decideRetry(input({ nowMs, random, deadlineMs: 10_549 }))).toEqual({
    kind: "give_up",
    reason: "no_time",
  });
});

test.each([429, 503])("decideRetry() waits at least as long as a %i asks for", (status) => {
  const failed = { status, retryAfter: "2" };
  expect(decideRetry(input({ failed, random: 0.5 }))).toEqual({ kind: "retry", delayMs: 2000 });
  expect(decideRetry(input({ failed: { ...failed, retryAfter: "0" }, random: 0.5 }))).toEqual({
    kind: "retry",
    delayMs: 50,
  });
});

test("decideRetry() counts a date of Retry-After from now", () => {
  const nowMs = 1_795_521_600_000;
  const failed = { retryAfter: "Tue, 24 Nov 2026 12:00:03 GMT" };
  expect(decideRetry(input({ failed, nowMs, deadlineMs: nowMs + 9000 }))).toEqual({
    kind: "retry",
    delayMs: 3000,
  });
});

test("decideRetry() gives up when Retry-After leaves no time for an attempt", () => {
  const deadlineMs = 12_500;
  expect(decideRetry(input({ failed: { retryAfter: "2" }, deadlineMs })).kind).toBe("retry");
  expect(decideRetry(input({ failed: { retryAfter: "2" }, deadlineMs: deadlineMs - 1 }))).toEqual({
    kind: "give_up",
    reason: "retry_after_too_long",
  });
});

test("decideRetry() takes no notice of Retry-After with any other status, nor of one it cannot read", () => {
  expect(decideRetry(input({ failed: { status: 500, retryAfter: "9" } }))).toEqual({
    kind: "retry",
    delayMs: 0,
  });
  expect(decideRetry(input({ failed: { retryAfter: "soon" } }))).toEqual({
    kind: "retry",
    delayMs: 0,
  });
});

const anyInput = fc.record({
  failed: fc.record({
    number: fc.integer({ min: 1, max: 6 }),
    class: fc.constantFrom(...classes),
    status: fc.constantFrom(undefined, 404, 429, 500, 503),
    retryAfter: fc.option(fc.oneof(fc.nat({ max: 20 }).map(String), fc.string()), {
      nil: undefined,
    }),
  }),
  policy: fc.record({
    retries: fc.integer({ min: 0, max: 5 }),
    retryOn: fc.subarray([...words]).map((chosen) => new Set(chosen)),
    attemptTimeoutMs: fc.option(fc.integer({ min: 100, max: 15_000 }), { nil: undefined }),
  }),
  nowMs: fc.integer({ min: 0, max: 20_000 }),
  deadlineMs: fc.integer({ min: 0, max: 20_000 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

test("decideRetry() never waits a negative time, nor past where an attempt still fits", () => {
  fc.assert(
    fc.property(anyInput, (any) => {
      const decided = decideRetry(any);
      if (decided.kind === "give_up") return;
      expect(decided.delayMs).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(decided.delayMs)).toBe(true);
      expect(any.nowMs + decided.delayMs + attemptFloorMs(any.policy)).toBeLessThanOrEqual(
        any.deadlineMs,
      );
    }),
  );
});

test("decideRetry() comes to an end whatever happens: no attempt after rc", () => {
  fc.assert(
    fc.property(anyInput, (any) => {
      fc.pre(any.failed.number > any.policy.retries);
      expect(decideRetry(any).kind).toBe("give_up");
    }),
  );
});
