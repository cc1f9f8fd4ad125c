import type { Counts, Percentiles, Stats } from "./api-types.ts";
import { outcomeOrder } from "./words.ts";

type Point = Stats["points"][number];

/** A span of time in which all points are taken together. */
export interface Bin {
  readonly at: string;
  /** How long it is, s. */
  readonly lengthS: number;
  readonly outcomes: Counts;
  /** The highest of its points: a mean of percentiles would be none. */
  readonly latency: { readonly [Name in keyof Percentiles]: number | null };
}

/** A layer of a stack: its lower and upper edge at each bin. */
export interface Layer {
  readonly outcome: string;
  readonly edges: readonly (readonly [low: number, high: number])[];
}

/** Which time is looked at. */
export type Latency = "total_ms" | "origin_ms" | "overhead_ms";

/** Takes points together so that at most so many are left, the last ones whole. */
export function binned(stats: Stats, latency: Latency, most: number): readonly Bin[] {
  const each = Math.max(1, Math.ceil(stats.points.length / most));
  const bins: Bin[] = [];
  for (let end = stats.points.length; end > 0; end -= each) {
    const points = stats.points.slice(Math.max(0, end - each), end);
    const [first] = points;
    if (first === undefined) break;
    bins.unshift({
      at: first.at,
      lengthS: points.length * stats.step_s,
      outcomes: summed(points),
      latency: {
        p50: highest(points, latency, "p50"),
        p95: highest(points, latency, "p95"),
        p99: highest(points, latency, "p99"),
      },
    });
  }
  return bins;
}

/** Webhooks a minute, outcome upon outcome; those that never occur have no layer. */
export function stacked(bins: readonly Bin[]): readonly Layer[] {
  const present = new Set(bins.flatMap(({ outcomes }) => Object.keys(outcomes)));
  const order = [
    ...outcomeOrder.filter((outcome) => present.has(outcome)),
    ...[...present].filter((outcome) => !outcomeOrder.includes(outcome)).toSorted(),
  ];
  const tops = bins.map(() => 0);
  return order
    .map((outcome) => ({
      outcome,
      edges: bins.map(({ outcomes, lengthS }, index): [number, number] => {
        const low = tops[index] ?? 0;
        const high = low + ((outcomes[outcome] ?? 0) * 60) / lengthS;
        tops[index] = high;
        return [low, high];
      }),
    }))
    .filter(({ edges }) => edges.some(([low, high]) => high > low));
}

/** The highest upper edge. */
export function heightOf(layers: readonly Layer[]): number {
  return Math.max(0, ...(layers.at(-1)?.edges.map(([, high]) => high) ?? []));
}

/** The least of 1, 2, 3, 4, 6, 8, 10, 20 … that holds a value: its half is as round. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 2, 3, 4, 6, 8, 10].map((step) => step * unit).find((top) => top >= value * 0.999_999) ??
    value
  );
}

/**
 * A layer as a path of an SVG, stairs from bin to bin, over a box of the given size.
 * @param top The value at the upper edge of the box.
 */
export function layerPath(
  { edges }: Layer,
  box: { readonly width: number; readonly height: number; readonly top: number },
): string {
  const step = box.width / edges.length;
  const y = (value: number): string => (box.height - (value / box.top) * box.height).toFixed(2);
  const x = (index: number): string => (index * step).toFixed(2);
  const up = edges.map(([, high], index) => `L${x(index)} ${y(high)}H${x(index + 1)}`).join("");
  const down = edges
    .map(([low], index) => `L${x(index + 1)} ${y(low)}H${x(index)}`)
    .toReversed()
    .join("");
  return edges.length === 0 ? "" : `M0 ${box.height}${up}${down}Z`;
}

/**
 * A line of latencies as a path of an SVG, by the logarithm; where nothing was measured it breaks off.
 * @param bounds ms, at the lower and the upper edge.
 */
export function latencyPath(
  values: readonly (number | null)[],
  box: { readonly width: number; readonly height: number },
  bounds: { readonly low: number; readonly high: number },
): string {
  const step = box.width / values.length;
  let path = "";
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const y = box.height * (1 - logShare(value, bounds));
    const place = `${(index * step).toFixed(2)} ${y.toFixed(2)}`;
    path += `${isDown ? "L" : "M"}${place}h${step.toFixed(2)}`;
    isDown = true;
  });
  return path;
}

/** How far up a value stands between two bounds by the logarithm, 0 to 1. */
export function logShare(
  value: number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  const share = Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, share));
}

/** All outcomes together, each webhook once. */
export function totalOf(outcomes: Counts): number {
  return Object.entries(outcomes).reduce(
    (sum, [outcome, count]) => (isCounted(outcome) ? sum + count : sum),
    0,
  );
}

/** A queued webhook is counted again when it is over, as delivered or dead: then it is drawn. */
function isCounted(outcome: string): boolean {
  return outcome !== "queued";
}

function summed(points: readonly Point[]): Counts {
  const sums: Record<string, number> = {};
  for (const { outcomes } of points)
    for (const [outcome, count] of Object.entries(outcomes))
      if (isCounted(outcome)) sums[outcome] = (sums[outcome] ?? 0) + count;
  return sums;
}

function highest(
  points: readonly Point[],
  latency: Latency,
  percentile: keyof Percentiles,
): number | null {
  const values = points.flatMap((point) => point[latency]?.[percentile] ?? []);
  return values.length === 0 ? null : Math.max(...values);
}
