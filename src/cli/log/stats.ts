import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** Counts by their names. */
export type Counts = Readonly<Record<string, number>>;

/** How long things took, ms. */
export interface Times {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What was counted of an origin. */
export interface OriginStats {
  readonly name: string;
  readonly outcomes: Counts;
  /** From receipt to Twilio's answer; `undefined` where nothing was measured. */
  readonly total: Times | undefined;
}

/** What was counted in a span. */
export interface Stats {
  /** ISO 8601. */
  readonly since: string;
  readonly until: string;
  /** Of a point, s. */
  readonly stepSeconds: number;
  readonly points: readonly {
    readonly at: string;
    readonly outcomes: Counts;
    readonly keys: Counts;
    readonly total: Times | undefined;
  }[];
  readonly outcomes: Counts;
  readonly total: Times | undefined;
  readonly origins: readonly OriginStats[];
  readonly errorCodes: readonly {
    readonly code: number;
    readonly error: string | undefined;
    readonly count: number;
  }[];
  /** `undefined` where an earlier release answers, which counts none. */
  readonly keys: Counts | undefined;
  /** As the API told it. */
  readonly answer: Table;
}

/** Reads the answer to `GET /_log/stats`; `undefined` when it has another form. */
export function readStats(answer: Table): Stats | undefined {
  const { since, until, step_s: stepSeconds, points, totals } = answer;
  if (typeof since !== "string" || typeof until !== "string") return undefined;
  if (!Array.isArray(points) || !isTable(totals) || typeof stepSeconds !== "number")
    return undefined;
  const { origins, error_codes: codes, keys } = totals;
  return {
    since,
    until,
    stepSeconds,
    points: points.filter(isTable).map((point) => ({
      at: textOf(point["at"]) ?? "",
      outcomes: countsOf(point["outcomes"]),
      keys: countsOf(point["keys"]),
      total: timesOf(point["total_ms"]),
    })),
    outcomes: countsOf(totals["outcomes"]),
    total: timesOf(totals["total_ms"]),
    origins: Object.entries(isTable(origins) ? origins : {}).flatMap(([name, origin]) =>
      isTable(origin)
        ? [{ name, outcomes: countsOf(origin["outcomes"]), total: timesOf(origin["total_ms"]) }]
        : [],
    ),
    errorCodes: (Array.isArray(codes) ? codes : []).filter(isTable).map((each) => ({
      code: countOf(each["code"]) ?? 0,
      error: textOf(each["error"]),
      count: countOf(each["count"]) ?? 0,
    })),
    keys: keys === undefined ? undefined : countsOf(keys),
    answer,
  };
}

/** How many of all. */
export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function countsOf(value: unknown): Counts {
  if (!isTable(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const count = countOf(each);
      return count === undefined ? [] : [[name, count] as const];
    }),
  );
}

function timesOf(value: unknown): Times | undefined {
  if (!isTable(value)) return undefined;
  const [p50, p95, p99] = [countOf(value["p50"]), countOf(value["p95"]), countOf(value["p99"])];
  return p50 === undefined || p95 === undefined || p99 === undefined
    ? undefined
    : { p50, p95, p99 };
}
