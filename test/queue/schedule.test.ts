import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideQueued, type QueueDecisionInput } from "../../src/queue/schedule.ts";

const HOUR_MS = 3_600_000;
const NOW = 1_790_000_000_000;

function decide(more: Partial<QueueDecisionInput> & { readonly status?: number } = {}) {
  const { status, ...rest } = more;
  return decideQueued({
    failed: { class: status === undefined ? "lost" : "status", status, retryAfter: undefined },
    attempts: 1,
    retry: { schedule: [], hours: 72 },
    retryOn: new Set(["ct"]),
    receivedAtMs: NOW,
    nowMs: NOW,
    random: 0.5,
    ...rest,
  });
}

function failed(status: number, retryAfter: string): QueueDecisionInput["failed"] {
  return { class: "status", status, retryAfter };
}

describe("decideQueued()", () => {
  test.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [9, 1_280],
    [10, 1_800],
    [200, 1_800],
  ])(
    "waits half of the exponential bound after attempt %i, where chance says a half: %i s",
    (attempts, seconds) => {
      expect(decide({ attempts })).toEqual({ kind: "wait", delayMs: seconds * 1_000 });
    },
  );

  test.each([
    [0, 1_000],
    [0.0999, 1_000],
    [0.1001, 1_001],
    [0.999, 9_990],
  ])("waits a second at the least: chance %f, %i ms", (random, delayMs) => {
    expect(decide({ random })).toEqual({ kind: "wait", delayMs });
  });

  test.each([
    [1, 3],
    [2, 60],
    [3, 900],
    [4, 900],
    [50, 900],
  ])(
    "waits as a schedule says, its last wait repeated: after attempt %i, %i s",
    (attempts, seconds) => {
      const retry = { schedule: [3, 60, 900], hours: 72 };
      expect(decide({ attempts, retry })).toEqual({ kind: "wait", delayMs: seconds * 1_000 });
    },
  );

  test.each([
    [400, "not_retried"],
    [403, "not_retried"],
    [404, "not_retried"],
    [410, "gone"],
    [422, "not_retried"],
  ] as const)("gives up what the origin refuses for good: %i, %s", (status, reason) => {
    expect(decide({ status })).toEqual({ kind: "dead", reason });
  });

  test.each([301, 302, 401, 408, 425, 429, 500, 502, 503, 599])(
    "tries again whatever rp says after a %i",
    (status) => {
      expect(decide({ status, retryOn: new Set() }).kind).toBe("wait");
    },
  );

  test("tries a 4xx again where rp names it, but not a 410", () => {
    expect(decide({ status: 404, retryOn: new Set(["4xx"]) }).kind).toBe("wait");
    expect(decide({ status: 410, retryOn: new Set(["4xx"]) }).kind).toBe("dead");
  });

  test.each(["lost", "timeout", "unreached", "unusable"] as const)(
    "tries again after a failure of the class %s",
    (failure) => {
      const without = { class: failure, status: undefined, retryAfter: undefined };
      expect(decide({ failed: without, retryOn: new Set() }).kind).toBe("wait");
    },
  );

  test.each([
    ["4", 5_000],
    ["5", 5_000],
    ["6", 6_000],
    ["3600", HOUR_MS],
    ["3601", HOUR_MS],
    ["999999999999999999999", HOUR_MS],
    ["-1", 5_000],
    ["soon", 5_000],
    ["", 5_000],
    [new Date(NOW + 60_000).toUTCString(), 60_000],
    [new Date(NOW - 60_000).toUTCString(), 5_000],
    [new Date(NOW + 2 * HOUR_MS).toUTCString(), HOUR_MS],
  ])("waits at least as long as Retry-After asks, an hour at most: %s", (retryAfter, delayMs) => {
    expect(decide({ failed: failed(503, retryAfter) })).toEqual({ kind: "wait", delayMs });
  });

  test("makes the last attempt when the hours are over, and none after it", () => {
    const retry = { schedule: [600], hours: 1 };
    const at = (sinceMs: number) => decide({ retry, nowMs: NOW + sinceMs });
    expect(at(HOUR_MS - 600_000)).toEqual({ kind: "wait", delayMs: 600_000 });
    expect(at(HOUR_MS - 599_999)).toEqual({ kind: "wait", delayMs: 599_999 });
    expect(at(HOUR_MS - 1)).toEqual({ kind: "wait", delayMs: 1 });
    expect(at(HOUR_MS)).toEqual({ kind: "dead", reason: "hours_used" });
  });

  test("never waits past the hours, and never less than nothing", () => {
    fc.assert(
      fc.property(
        fc.record({
          attempts: fc.integer({ min: 1, max: 2_000 }),
          sinceMs: fc.integer({ min: 0, max: 100 * HOUR_MS }),
          random: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
          retryAfter: fc.option(fc.nat().map(String), { nil: undefined }),
          schedule: fc.array(fc.integer({ min: 1, max: 86_400 }), { maxLength: 5 }),
        }),
        ({ attempts, sinceMs, random, retryAfter, schedule }) => {
          const decided = decide({
            failed: { class: "status", status: 503, retryAfter },
            attempts,
            random,
            retry: { schedule, hours: 72 },
            nowMs: NOW + sinceMs,
          });
          if (decided.kind === "dead") return sinceMs >= 72 * HOUR_MS;
          return decided.delayMs > 0 && sinceMs + decided.delayMs <= 72 * HOUR_MS;
        },
      ),
    );
  });
});
