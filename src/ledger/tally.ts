/** How long things took, as counts by bucket: bucket `n` holds what took up to `BASE ** n` ms and more than `BASE ** (n - 1)`. */
export type Histogram = Readonly<Record<string, number>>;

/** What is counted of a span of time. */
export interface Tally {
  /** By `[origin, outcome, reason]` as JSON. */
  readonly counts: Readonly<Record<string, number>>;
  /** By Twilio's error code. */
  readonly codes: Readonly<Record<string, number>>;
  /** How often each key has matched, by its name; absent in what earlier releases have counted. */
  readonly keys?: Readonly<Record<string, number>>;
  /** From receipt to Twilio's answer, by origin. */
  readonly total: Readonly<Record<string, Histogram>>;
  /** The attempts of it, all together, by origin. */
  readonly origin: Readonly<Record<string, Histogram>>;
  /** What is left: Hookswitch's own, waits between attempts among it, by origin. */
  readonly overhead: Readonly<Record<string, Histogram>>;
}

/** A tally while it is counted. */
export type Counting = {
  -readonly [Name in keyof Tally]: Tally[Name] extends Readonly<Record<string, Histogram>>
    ? Record<string, Record<string, number>>
    : Record<string, number>;
};

/** One thing to be counted. */
export interface Counted {
  readonly origin: string;
  readonly outcome: string;
  /** `""` for none. */
  readonly reason: string;
  readonly count: number;
  readonly errorCode?: number | undefined;
  /** Of the key that matched; absent where none did, or the webhook was counted before. */
  readonly keyName?: string | undefined;
  /** From receipt to Twilio's answer, ms; absent where nothing was measured. */
  readonly totalMs?: number | undefined;
  /** Of the attempts in it; absent where none was made. */
  readonly originMs?: number | undefined;
}

/** How much of all took no longer, ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export const emptyTally: Tally = newTally();

/** Buckets grow by a fifth: a percentile is right to a tenth. */
const BASE = 1.2;

/** A tally of nothing, to be counted into. */
export function newTally(): Counting {
  return { counts: {}, codes: {}, keys: {}, total: {}, origin: {}, overhead: {} };
}

/** Counts one more thing, in place: it is done for every webhook, and a copy costs as much as there is in it. */
export function add(tally: Counting, counted: Counted): void {
  const { origin, count, errorCode, keyName, totalMs, originMs } = counted;
  addTo(tally.counts, countKey(counted), count);
  if (errorCode !== undefined) addTo(tally.codes, String(errorCode), count);
  if (keyName !== undefined) addTo((tally.keys ??= {}), keyName, count);
  const put = (histograms: Record<string, Record<string, number>>, ms: number): void => {
    if (!Object.hasOwn(histograms, origin)) histograms[origin] = {};
    addTo(histograms[origin] ?? {}, String(bucketOf(ms)), count);
  };
  if (totalMs !== undefined) {
    put(tally.total, totalMs);
    put(tally.overhead, Math.max(0, totalMs - (originMs ?? 0)));
  }
  if (originMs !== undefined) put(tally.origin, originMs);
}

/** What some things come to. */
export function tallyOf(all: readonly Counted[]): Tally {
  const tally = newTally();
  for (const counted of all) add(tally, counted);
  return tally;
}

/** The key of a count. */
export function countKey({ origin, outcome, reason }: Omit<Counted, "count">): string {
  return JSON.stringify([origin, outcome, reason]);
}

/** Takes a count apart again. */
export function countsOf({ counts }: Tally): readonly Counted[] {
  return Object.entries(counts).map(([key, count]) => {
    const [origin = "", outcome = "", reason = ""]: string[] = JSON.parse(key);
    return { origin, outcome, reason, count };
  });
}

/** Webhooks that came in and were taken: what is measured of each is how long its answer took. */
export function webhooksIn({ total }: Tally, origin?: string): number {
  const histograms = origin === undefined ? Object.values(total) : [total[origin] ?? {}];
  return histograms.flatMap((each) => Object.values(each)).reduce((all, count) => all + count, 0);
}

/** Whether Twilio was heard: also where no route takes what it sent. */
export function isHeard(tally: Tally): boolean {
  return webhooksIn(tally) > 0 || countsOf(tally).some(({ outcome }) => outcome === "unrouted");
}

/** Adds up tallies, of several spans or of several places. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    counts: sumNumbers(tallies.map(({ counts }) => counts)),
    codes: sumNumbers(tallies.map(({ codes }) => codes)),
    keys: sumNumbers(tallies.map(({ keys = {} }) => keys)),
    total: sumHistograms(tallies.map(({ total }) => total)),
    origin: sumHistograms(tallies.map(({ origin }) => origin)),
    overhead: sumHistograms(tallies.map(({ overhead }) => overhead)),
  };
}

/** Steps of several places as one, in the order of time. */
export function mergeSteps(
  parts: readonly (readonly (readonly [atMs: number, tally: Tally])[])[],
): readonly (readonly [atMs: number, tally: Tally])[] {
  const steps = Map.groupBy(parts.flat(), ([atMs]) => atMs);
  return [...steps]
    .map(([atMs, found]) => [atMs, sum(found.map(([, tally]) => tally))] as const)
    .toSorted(([one], [other]) => one - other);
}

/** Percentiles over all histograms together; `undefined` where nothing was measured. */
export function percentiles(histograms: readonly Histogram[]): Percentiles | undefined {
  const buckets = Object.entries(sumNumbers(histograms))
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .toSorted((one, other) => one.bucket - other.bucket);
  const all = buckets.reduce((total, { count }) => total + count, 0);
  if (all === 0) return undefined;
  const at = (share: number): number => {
    let left = Math.ceil(all * share);
    for (const { bucket, count } of buckets) {
      left -= count;
      if (left <= 0) return msOf(bucket);
    }
    return 0;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function bucketOf(ms: number): number {
  return ms < 1 ? 0 : Math.ceil(Math.log(ms) / Math.log(BASE)) + 1;
}

/** The most that what is in a bucket took, ms. */
export function bucketEndMs(bucket: number): number {
  return bucket === 0 ? 1 : BASE ** (bucket - 1);
}

/** The middle of a bucket, whole ms. */
function msOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.max(1, Math.round(BASE ** (bucket - 1.5)));
}

function addTo(numbers: Record<string, number>, key: string, count: number): void {
  numbers[key] = (numbers[key] ?? 0) + count;
}

function sumNumbers(
  all: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const [key, count] of all.flatMap((numbers) => Object.entries(numbers)))
    addTo(total, key, count);
  return total;
}

function sumHistograms(
  all: readonly Readonly<Record<string, Histogram>>[],
): Readonly<Record<string, Histogram>> {
  const byOrigin = Map.groupBy(
    all.flatMap((histograms) => Object.entries(histograms)),
    ([origin]) => origin,
  );
  return Object.fromEntries(
    [...byOrigin].map(([origin, found]) => [origin, sumNumbers(found.map(([, each]) => each))]),
  );
}
