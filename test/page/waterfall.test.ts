import { describe, expect, test } from "vitest";
import type { AttemptRow, Delivery } from "../../src/page/api-types.ts";
import { afterAnswer, placeOf, ticksOf, untilAnswer } from "../../src/page/waterfall.ts";

const receivedAtMs = Date.parse("2026-11-24T09:30:00.000Z");

function iso(sinceMs: number): string {
  return new Date(receivedAtMs + sinceMs).toISOString();
}

function attempt(number: number, startMs: number, durationMs: number, status = 200): AttemptRow {
  return {
    number,
    to: "origin",
    started_at: iso(startMs),
    duration_ms: durationMs,
    timeout_ms: 14_000,
    replay: null,
    result: status < 400 ? "usable" : "failed",
    status,
    class: status < 400 ? null : "status",
    twilio_code: null,
    detail: null,
  };
}

function delivery(
  durationMs: number,
  attempts: readonly AttemptRow[],
  more: Partial<Delivery> = {},
): Parameters<typeof untilAnswer>[0] {
  return {
    outcome: "answered",
    received_at: iso(0),
    duration_ms: durationMs,
    http_status: 200,
    dedupe: "first",
    stages: { received_ms: 1, verified_ms: 2, claimed_ms: 9 },
    attempts,
    next_attempt_at: null,
    ...more,
  };
}

describe("untilAnswer()", () => {
  test("draws what is before the attempts, each attempt, the waits between them and the answer", () => {
    const chart = untilAnswer(delivery(150, [attempt(1, 10, 20, 503), attempt(2, 100, 45)]));
    expect(chart.bars.map(({ label, startMs, endMs }) => [label, startMs, endMs])).toEqual([
      ["receive", 0, 1],
      ["verify", 1, 2],
      ["claim", 2, 9],
      ["attempt 1 to the origin", 10, 30],
      ["wait", 30, 100],
      ["attempt 2 to the origin", 100, 145],
      ["answer 200", 150, 150],
    ]);
    expect(chart.bars.map(({ tone }) => tone)).toEqual([
      "info",
      "info",
      "info",
      "bad",
      "mute",
      "good",
      "good",
    ]);
  });

  test("has an axis of its own below three seconds, and Twilio's 15 s from there on", () => {
    expect(untilAnswer(delivery(2_999, [])).deadlineMs).toBeUndefined();
    expect(untilAnswer(delivery(2_999, [])).endMs).toBeLessThan(5_000);
    expect(untilAnswer(delivery(3_000, []))).toMatchObject({ endMs: 15_000, deadlineMs: 15_000 });
  });

  test("goes on past the deadline where the answer came too late", () => {
    const chart = untilAnswer(delivery(16_200, [attempt(1, 5, 16_190)]));
    expect(chart).toMatchObject({ endMs: 16_200, deadlineMs: 15_000 });
  });

  test("has no answer while it runs", () => {
    const stages = { received_ms: null, verified_ms: null, claimed_ms: null };
    const chart = untilAnswer(delivery(0, [], { outcome: "running", http_status: null, stages }));
    expect(chart.bars.map(({ label }) => label)).toEqual(["before the attempts"]);
  });

  test("leaves a replay of days later out", () => {
    const chart = untilAnswer(delivery(20, [attempt(1, 1, 15), attempt(2, 86_400_000, 9)]));
    expect(chart.bars.map(({ label }) => label)).toEqual([
      "receive",
      "verify",
      "claim",
      "attempt 1 to the origin",
      "answer 200",
    ]);
    expect(chart.endMs).toBeLessThan(100);
  });
});

describe("untilAnswer() of what was not forwarded", () => {
  const labels = (more: Partial<Delivery>) =>
    untilAnswer(delivery(20, [], more)).bars.map(({ label, startMs, endMs }) => [
      label,
      startMs,
      endMs,
    ]);

  test("tells what there was in place of an attempt", () => {
    const verified = { received_ms: 1, verified_ms: 2, claimed_ms: null };
    expect(labels({ outcome: "queued", stages: verified })).toEqual([
      ["receive", 0, 1],
      ["verify", 1, 2],
      ["keep", 2, 20],
      ["answer 200", 20, 20],
    ]);
    expect(labels({ outcome: "refused", http_status: 403, stages: verified })).toEqual([
      ["receive", 0, 1],
      ["verify", 1, 2],
      ["answer 403", 20, 20],
    ]);
    expect(labels({ outcome: "duplicate", dedupe: "waited" }).slice(2)).toEqual([
      ["wait for the first one", 2, 9],
      ["answer 200", 20, 20],
    ]);
  });
});

describe("afterAnswer()", () => {
  test("is nothing where all was over with the answer", () => {
    expect(afterAnswer(delivery(20, [attempt(1, 1, 15)]))).toBeUndefined();
  });

  test("has a queued one's attempts and the next, over an axis that holds them", () => {
    const queued = { outcome: "queued", next_attempt_at: iso(60_000) };
    const chart = afterAnswer(delivery(2, [attempt(1, 3, 10, 503)], queued));
    expect(chart?.bars.map(({ label }) => label)).toEqual([
      "attempt 1 to the origin",
      "next attempt",
    ]);
    expect(chart?.endMs).toBeGreaterThanOrEqual(60_000);
    expect(chart?.deadlineMs).toBeUndefined();
  });
});

describe("placeOf()", () => {
  test.each([
    [0, 50, 100, { left: 0, width: 50 }],
    [50, 50, 100, { left: 50, width: 0 }],
    [90, 200, 100, { left: 90, width: 10 }],
    [200, 300, 100, { left: 100, width: 0 }],
    [-10, 10, 100, { left: 0, width: 20 }],
  ])("of %d to %d on %d is %j", (startMs, endMs, axisMs, expected) => {
    expect(placeOf({ startMs, endMs }, axisMs)).toEqual(expected);
  });
});

test.each([1, 7, 79, 300, 2_999, 15_000, 16_200, 60_000, 5_400_000, 259_200_000])(
  "ticksOf(%d) are a handful within the axis",
  (endMs) => {
    const ticks = ticksOf(endMs);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeLessThanOrEqual(endMs + 1e-6);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(7);
  },
);
