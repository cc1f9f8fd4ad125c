import type { StatsRequest, StatsStep } from "../ledger/protocol.ts";
import {
  countsOf,
  emptyTally,
  percentiles,
  sum,
  type Histogram,
  type Tally,
} from "../ledger/tally.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { errorNameOf } from "../twilio/error-codes.ts";
import { readInstant } from "./list-query.ts";
import { isoText } from "./present.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const STEPS_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: 24 * HOUR_MS } as const;
const DEFAULT_SPAN_MS = 24 * HOUR_MS;
/** A span that is shown by minutes where nothing else is asked for, and the longest that may be. */
const MINUTES_UP_TO_MS = 6 * HOUR_MS;
const MAX_MINUTES_MS = 48 * HOUR_MS;

/**
 * Reads the query of the stats: `since`, `until`, and `by` (`minute`, `hour`, `day`).
 * @param nowMs Epoch ms.
 */
export function parseStatsQuery(
  query: URLSearchParams,
  nowMs: number,
): Result<StatsRequest, string> {
  const unknown = [...query.keys()].find((name) => !["since", "until", "by"].includes(name));
  if (unknown !== undefined)
    return err(`unknown parameter "${unknown.slice(0, 50)}": expected since, until or by`);
  const until = readInstant(query.get("until") ?? "0s", nowMs, (atMs) => atMs);
  if (!until.ok) return err(`until: expected ${until.error}`);
  const since = readInstant(
    query.get("since") ?? String(until.value - DEFAULT_SPAN_MS),
    nowMs,
    (atMs) => atMs,
  );
  if (!since.ok) return err(`since: expected ${since.error}`);
  const spanMs = until.value - since.value;
  if (spanMs <= 0) return err("since: expected an instant before until");
  const by = query.get("by") ?? (spanMs <= MINUTES_UP_TO_MS ? "minute" : "hour");
  if (by !== "minute" && by !== "hour" && by !== "day")
    return err("by: expected minute, hour or day");
  if (by === "minute" && spanMs > MAX_MINUTES_MS)
    return err("by: expected hour or day for more than two days");
  return ok({ sinceMs: since.value, untilMs: until.value, stepMs: STEPS_MS[by] });
}

/** Counts and times as the API shows them. Nothing in them is personal. */
export function presentStats(
  request: StatsRequest,
  steps: readonly StatsStep[],
): Record<string, unknown> {
  const { sinceMs, untilMs, stepMs } = request;
  const all = sum(steps.map(([, tally]) => tally));
  const origins = new Set(countsOf(all).map(({ origin }) => origin));
  return {
    since: isoText(sinceMs),
    until: isoText(untilMs),
    step_s: stepMs / 1_000,
    points: everyStep(request, steps).map(([atMs, tally]) => ({
      at: isoText(atMs),
      outcomes: outcomesOf(tally),
      keys: tally.keys ?? {},
      ...timesOf(tally),
    })),
    totals: {
      outcomes: outcomesOf(all),
      origins: Object.fromEntries(
        [...origins].map((name) => [
          name,
          { outcomes: outcomesOf(all, name), ...timesOf(all, name) },
        ]),
      ),
      error_codes: Object.entries(all.codes)
        .map(([code, count]) => ({
          code: Number(code),
          error: errorNameOf(Number(code)) ?? null,
          count,
        }))
        .toSorted((one, other) => other.count - one.count),
      keys: all.keys,
      ...timesOf(all),
    },
  };
}

/** Those without a count too: who draws them need not know where some are missing. */
function everyStep(
  { sinceMs, untilMs, stepMs }: StatsRequest,
  steps: readonly StatsStep[],
): readonly StatsStep[] {
  const known = new Map(steps);
  const firstMs = sinceMs - (sinceMs % stepMs);
  return Array.from({ length: Math.ceil((untilMs - firstMs) / stepMs) }, (_, n) => {
    const atMs = firstMs + n * stepMs;
    return [atMs, known.get(atMs) ?? emptyTally];
  });
}

function outcomesOf(tally: Tally, name?: string): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { origin, outcome, count } of countsOf(tally)) {
    if (name === undefined || name === origin) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
  return outcomes;
}

function timesOf({ total, origin, overhead }: Tally, name?: string): Record<string, unknown> {
  const of = (histograms: Readonly<Record<string, Histogram>>): unknown =>
    percentiles(name === undefined ? Object.values(histograms) : [histograms[name] ?? {}]) ?? null;
  return { total_ms: of(total), origin_ms: of(origin), overhead_ms: of(overhead) };
}
