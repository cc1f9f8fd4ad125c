import type { Stages } from "../ledger/delivery.ts";
import type { Outcome } from "../outcome.ts";

/** How long a webhook took. */
export interface Took {
  readonly stages: Stages;
  /** From receipt to the answer, ms. */
  readonly durationMs: number;
}

/**
 * What `Server-Timing` says of an answer, in ms: `receive`, `verify`, `claim` as far as it came, `origin` and
 * `fallback` (all attempts at it) where they were asked, and the `total`.
 *
 * @see https://www.w3.org/TR/server-timing/ read 2026-11.
 */
export function serverTiming(outcome: Outcome, { stages, durationMs }: Took): string {
  const { receivedMs, verifiedMs, claimedMs } = stages;
  const attempts = "attempts" in outcome ? outcome.attempts : [];
  const askedMs = (to: "origin" | "fallback"): number | undefined => {
    const own = attempts.filter((attempt) => attempt.to === to);
    return own.length === 0 ? undefined : own.reduce((sum, each) => sum + each.durationMs, 0);
  };
  const metrics: readonly (readonly [name: string, ms: number | undefined])[] = [
    ["receive", receivedMs],
    ["verify", difference(verifiedMs, receivedMs)],
    ["claim", difference(claimedMs, verifiedMs)],
    ["origin", askedMs("origin")],
    ["fallback", askedMs("fallback")],
    ["total", durationMs],
  ];
  return metrics.flatMap(([name, ms]) => (ms === undefined ? [] : `${name};dur=${ms}`)).join(", ");
}

function difference(later: number | undefined, earlier: number | undefined): number | undefined {
  return later === undefined || earlier === undefined ? undefined : later - earlier;
}
