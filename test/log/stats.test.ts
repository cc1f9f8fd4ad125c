import { describe, expect, test } from "vitest";
import { emptyTally, sum, tallyOf } from "../../src/ledger/tally.ts";
import { parseStatsQuery, presentStats } from "../../src/log/stats.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);
const HOUR = 3_600_000;

function parsed(query: string) {
  return parseStatsQuery(new URLSearchParams(query), nowMs);
}

describe("parseStatsQuery()", () => {
  test.each([
    ["", nowMs - 24 * HOUR, nowMs, HOUR],
    ["since=6h", nowMs - 6 * HOUR, nowMs, 60_000],
    ["since=7h", nowMs - 7 * HOUR, nowMs, HOUR],
    ["since=30d&by=day", nowMs - 720 * HOUR, nowMs, 24 * HOUR],
    ["since=48h&by=minute", nowMs - 48 * HOUR, nowMs, 60_000],
    ["since=4h&until=1h", nowMs - 4 * HOUR, nowMs - HOUR, 60_000],
  ])("reads %s", (query, sinceMs, untilMs, stepMs) => {
    expect(parsed(query)).toEqual({ ok: true, value: { sinceMs, untilMs, stepMs } });
  });

  test.each([
    ["since=yesterday", "since"],
    ["until=never", "until"],
    ["since=1h&until=2h", "before until"],
    ["by=week", "by"],
    ["since=49h&by=minute", "two days"],
    ["colour=red", "colour"],
  ])("refuses %s", (query, message) => {
    const result = parsed(query);
    expect(result.ok ? "" : result.error).toContain(message);
  });
});

test("presentStats() tells counts and times, of each step, of each origin and of all", () => {
  const answered = {
    origin: "sms",
    outcome: "answered",
    reason: "",
    count: 9,
    totalMs: 50,
    originMs: 40,
  };
  const failed = { ...answered, outcome: "failed", count: 1, errorCode: 11_203 };
  const tally = tallyOf([answered, failed]);
  const shown = presentStats({ sinceMs: nowMs - 210_000, untilMs: nowMs + 1, stepMs: 60_000 }, [
    [nowMs - 120_000, tally],
    [nowMs - 60_000, tallyOf([{ ...answered, origin: "voice" }])],
  ]);
  expect(shown).toMatchObject({
    since: "2026-11-24T11:56:30.000Z",
    step_s: 60,
    // Every step has a point, those without a count too.
    points: [
      { at: "2026-11-24T11:56:00.000Z", outcomes: {}, total_ms: null },
      { at: "2026-11-24T11:57:00.000Z", outcomes: {}, total_ms: null },
      {
        at: "2026-11-24T11:58:00.000Z",
        outcomes: { answered: 9, failed: 1 },
        total_ms: { p50: expect.any(Number) },
      },
      { at: "2026-11-24T11:59:00.000Z", outcomes: { answered: 9 } },
      { at: "2026-11-24T12:00:00.000Z", outcomes: {} },
    ],
    totals: {
      outcomes: { answered: 18, failed: 1 },
      origins: {
        sms: { outcomes: { answered: 9, failed: 1 } },
        voice: { outcomes: { answered: 9 } },
      },
      error_codes: [
        { code: 11_203, error: "HTTP communication total time out triggered", count: 1 },
      ],
    },
  });
});

test("presentStats() tells how often each key has matched, of each step and of all", () => {
  const counted = { origin: "sms", outcome: "answered", reason: "", count: 2 };
  const withKeys = tallyOf([
    { ...counted, keyName: "old" },
    { ...counted, keyName: "new" },
  ]);
  const steps = [
    [nowMs - 120_000, withKeys],
    [nowMs - 60_000, tallyOf([{ ...counted, keyName: "new" }])],
  ] as const;
  const shown = presentStats(
    { sinceMs: nowMs - 120_000, untilMs: nowMs, stepMs: 60_000 },
    // As they come from the ledger: some of what an earlier release has counted.
    steps.map(([atMs, tally]) => [atMs, sum([tally, emptyTally])]),
  );
  expect(shown).toMatchObject({
    points: [{ keys: { old: 2, new: 2 } }, { keys: { new: 2 } }],
    totals: { keys: { old: 2, new: 4 } },
  });
});
