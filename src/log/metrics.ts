import type { LedgerHealth } from "../ledger/protocol.ts";
import { bucketEndMs, countsOf, type Histogram } from "../ledger/tally.ts";
import type { KvState } from "./health.ts";

/** The bounds of what is told of durations, s; the last ones are near what Twilio waits. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 14, 15, 30] as const;

/** Its media type. */
export const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** What is told. */
export interface MetricsInput {
  readonly version: string;
  /** By shard; `undefined` for one that cannot be reached. */
  readonly shards: readonly (LedgerHealth | undefined)[];
  readonly problems: number;
  readonly kv: KvState;
}

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [suffix: string, labels: Labels, value: number];
type Family = {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "info";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly samples: readonly Sample[];
};

/**
 * All that a monitor draws and alerts on, in OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/, read 2026-11). Counters count since a ledger
 * object started, which `_created` tells: a restart is a reset, and nothing is counted twice.
 */
export function openMetrics({ version, shards, problems, kv }: MetricsInput): string {
  const reached = shards.flatMap((health, shard) =>
    health === undefined ? [] : [{ shard, health }],
  );
  const ofEach = (value: (health: LedgerHealth) => number): readonly Sample[] =>
    reached.map(({ shard, health }) => ["", { shard }, value(health)]);
  const sinceStart = (value: (health: LedgerHealth) => number): readonly Sample[] =>
    reached.flatMap(({ shard, health }) => counter({ shard }, value(health), health));
  const families: readonly Family[] = [
    {
      name: "hookswitch",
      type: "info",
      help: "The release that runs.",
      samples: [["_info", { version }, 1]],
    },
    {
      name: "hookswitch_webhooks",
      type: "counter",
      help: "Webhooks, by what became of them.",
      samples: reached.flatMap(({ shard, health }) =>
        countsOf(health.sinceStart.tally).flatMap(({ origin, outcome, reason, count }) =>
          counter({ shard, origin, outcome, reason }, count, health),
        ),
      ),
    },
    {
      name: "hookswitch_twilio_errors",
      type: "counter",
      help: "Failures, by the error code that Twilio has for them.",
      samples: reached.flatMap(({ shard, health }) =>
        Object.entries(health.sinceStart.tally.codes).flatMap(([code, count]) =>
          counter({ shard, code }, count, health),
        ),
      ),
    },
    histogramFamily(
      "hookswitch_answer_seconds",
      "From a webhook's receipt to the answer for Twilio.",
      reached.map(({ shard, health }) => ({ shard, byOrigin: health.sinceStart.tally.total })),
    ),
    histogramFamily(
      "hookswitch_origin_seconds",
      "The attempts of a webhook, all together.",
      reached.map(({ shard, health }) => ({ shard, byOrigin: health.sinceStart.tally.origin })),
    ),
    histogramFamily(
      "hookswitch_overhead_seconds",
      "What is left: Hookswitch's own time, and waits between attempts.",
      reached.map(({ shard, health }) => ({ shard, byOrigin: health.sinceStart.tally.overhead })),
    ),
    {
      name: "hookswitch_running",
      type: "gauge",
      help: "Webhooks that are under way.",
      samples: ofEach(({ running }) => running),
    },
    {
      name: "hookswitch_queue_deliveries",
      type: "gauge",
      help: "Deliveries that are still to be sent; held says why they are left alone.",
      samples: queued(reached, ({ count }) => count),
    },
    {
      name: "hookswitch_queue_oldest_age_seconds",
      type: "gauge",
      unit: "seconds",
      help: "How long the oldest of them has waited.",
      samples: queued(reached, ({ oldestAgeMs }) => oldestAgeMs / 1_000),
    },
    {
      name: "hookswitch_breaker_closed",
      type: "gauge",
      help: "1 while an origin is tried as usual, 0 while its breaker is open or probes.",
      samples: reached.flatMap(({ shard, health }) =>
        health.breakers.map(({ origin, state }): Sample => [
          "",
          { shard, origin },
          state === "closed" ? 1 : 0,
        ]),
      ),
    },
    {
      name: "hookswitch_storage_bytes",
      type: "gauge",
      unit: "bytes",
      help: "What a ledger object stores.",
      samples: ofEach(({ storageBytes }) => storageBytes),
    },
    {
      name: "hookswitch_storage_limit_bytes",
      type: "gauge",
      unit: "bytes",
      help: "The most that it may store.",
      samples: ofEach(({ maxStorageBytes }) => maxStorageBytes),
    },
    {
      name: "hookswitch_ledger_calls",
      type: "counter",
      help: "Calls that a ledger object has answered.",
      samples: sinceStart((health) => health.sinceStart.calls),
    },
    {
      name: "hookswitch_ledger_rows_written",
      type: "counter",
      help: "Rows that it has written: what Cloudflare bills.",
      samples: sinceStart((health) => health.sinceStart.rowsWritten),
    },
    {
      name: "hookswitch_ledger_reachable",
      type: "gauge",
      help: "1 where a ledger object answers.",
      samples: shards.map((health, shard) => ["", { shard }, health === undefined ? 0 : 1]),
    },
    {
      name: "hookswitch_kv_reachable",
      type: "gauge",
      help: "1 where KV answers; absent where none is bound.",
      samples: kv === "unbound" ? [] : [["", {}, kv === "unreachable" ? 0 : 1]],
    },
    {
      name: "hookswitch_configuration_problems",
      type: "gauge",
      help: "What is wrong with the configuration.",
      samples: [["", {}, problems]],
    },
  ];
  return `${families.flatMap(linesOf).join("\n")}\n# EOF\n`;
}

type Reached = readonly { readonly shard: number; readonly health: LedgerHealth }[];

function counter(labels: Labels, value: number, { sinceStart }: LedgerHealth): readonly Sample[] {
  return [
    ["_total", labels, value],
    ["_created", labels, sinceStart.startedAtMs / 1_000],
  ];
}

function queued(
  reached: Reached,
  value: (queue: LedgerHealth["queue"][number]) => number,
): readonly Sample[] {
  return reached.flatMap(({ shard, health }) =>
    health.queue.map((each): Sample => [
      "",
      { shard, origin: each.origin, held: each.held ?? "" },
      value(each),
    ]),
  );
}

function histogramFamily(
  name: string,
  help: string,
  parts: readonly {
    readonly shard: number;
    readonly byOrigin: Readonly<Record<string, Histogram>>;
  }[],
): Family {
  const samples = parts.flatMap(({ shard, byOrigin }) =>
    Object.entries(byOrigin).flatMap(([origin, histogram]) =>
      bucketsOf({ shard, origin }, histogram),
    ),
  );
  return { name, type: "histogram", unit: "seconds", help, samples };
}

/** Cumulative, as the format wants it; what may be on either side of a bound counts as above it. There is no `_sum`. */
function bucketsOf(labels: Labels, histogram: Histogram): readonly Sample[] {
  const counts = Object.entries(histogram);
  const upTo = (boundS: number): number =>
    counts.reduce(
      (total, [bucket, count]) =>
        bucketEndMs(Number(bucket)) <= boundS * 1_000 ? total + count : total,
      0,
    );
  return [
    ...BOUNDS_S.map((bound): Sample => [
      "_bucket",
      { ...labels, le: bound.toFixed(3).replace(/0{1,2}$/, "") },
      upTo(bound),
    ]),
    ["_bucket", { ...labels, le: "+Inf" }, upTo(Number.POSITIVE_INFINITY)],
  ];
}

function linesOf({ name, type, unit, help, samples }: Family): readonly string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.map(([suffix, labels, value]) => `${name}${suffix}${labelsText(labels)} ${value}`),
  ];
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
