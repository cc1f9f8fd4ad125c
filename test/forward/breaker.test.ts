import { describe, expect, test } from "vitest";
import { askBreaker, closedBreaker, feedBreaker, type Breaker } from "../../src/forward/breaker.ts";
import type { BreakerEvent } from "../../src/ledger/protocol.ts";

function fed(events: readonly BreakerEvent[], nowMs = 0): Breaker {
  return events.reduce((breaker, event) => feedBreaker(breaker, event, nowMs), closedBreaker);
}

const five = ["timeout", "unreached", "timeout", "unreached", "timeout"] as const;

describe("the breaker", () => {
  test("stays closed after four failures in a row", () => {
    expect(askBreaker(fed(five.slice(1)), 0).told).toBe("closed");
  });

  test("opens after five failures in a row, of either kind", () => {
    expect(askBreaker(fed(five), 0).told).toBe("open");
  });

  test("counts from the start again after an answer", () => {
    expect(askBreaker(fed([...five.slice(1), "answered", ...five.slice(1)]), 0).told).toBe(
      "closed",
    );
  });

  test("lets exactly one probe through when its five seconds are over", () => {
    const open = fed(five, 0);
    expect(askBreaker(open, 4_999).told).toBe("open");
    const asked = askBreaker(open, 5_000);
    expect(asked.told).toBe("probe");
    expect(askBreaker(asked.breaker, 5_001).told).toBe("open");
  });

  test("closes when the probe is answered", () => {
    const { breaker } = askBreaker(fed(five, 0), 5_000);
    expect(askBreaker(feedBreaker(breaker, "answered", 5_100), 5_100).told).toBe("closed");
  });

  test("opens for another five seconds when the probe fails", () => {
    const { breaker } = askBreaker(fed(five, 0), 5_000);
    const again = feedBreaker(breaker, "timeout", 6_000);
    expect(askBreaker(again, 10_999).told).toBe("open");
    expect(askBreaker(again, 11_000).told).toBe("probe");
  });

  test("lets another probe through when the first never reports", () => {
    const { breaker } = askBreaker(fed(five, 0), 5_000);
    expect(askBreaker(breaker, 21_999).told).toBe("open");
    expect(askBreaker(breaker, 22_000).told).toBe("probe");
  });

  test("counts a broken connection neither way, but a probe that ends so has not closed it", () => {
    expect(fed(["timeout", "lost", "timeout", "timeout", "timeout", "timeout"]).state).toBe("open");
    expect(fed(["lost", "lost", "lost", "lost", "lost"]).state).toBe("closed");
    const { breaker } = askBreaker(fed(five, 0), 5_000);
    expect(askBreaker(feedBreaker(breaker, "lost", 5_100), 10_100).told).toBe("probe");
  });

  test("is not kept open longer by failures that were under way when it opened", () => {
    const open = fed(five, 0);
    expect(askBreaker(feedBreaker(open, "timeout", 4_000), 5_000).told).toBe("probe");
  });
});
