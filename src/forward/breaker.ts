import type { BreakerEvent, BreakerState } from "../ledger/protocol.ts";

/** Failures in a row that open the breaker. */
const OPENS_AFTER = 5;
/** How long it stays open before a probe is let through, and how long a probe may take, ms. */
const OPEN_MS = 5_000;
const PROBE_MS = 17_000;

/** What the ledger remembers of one origin, in memory only: a restart closes every breaker. */
export type Breaker =
  | { readonly state: "closed"; readonly failures: number }
  | { readonly state: "open"; readonly probeAtMs: number }
  /** One webhook is trying the origin; unless it reports in time, another one may. */
  | { readonly state: "probing"; readonly untilMs: number };

/** A breaker that has seen nothing. */
export const closedBreaker: Breaker = { state: "closed", failures: 0 };

/**
 * Decides what the next webhook is told, and what the breaker is afterwards: once the time has come,
 * exactly one is told `probe`.
 */
export function askBreaker(
  breaker: Breaker,
  nowMs: number,
): { readonly told: BreakerState; readonly breaker: Breaker } {
  switch (breaker.state) {
    case "closed":
      return { told: "closed", breaker };
    case "open":
      if (nowMs < breaker.probeAtMs) return { told: "open", breaker };
      return { told: "probe", breaker: { state: "probing", untilMs: nowMs + PROBE_MS } };
    case "probing":
      if (nowMs < breaker.untilMs) return { told: "open", breaker };
      return { told: "probe", breaker: { state: "probing", untilMs: nowMs + PROBE_MS } };
  }
}

/** Until when nothing is let through, epoch ms; `undefined` while it is closed. */
export function heldUntilMs(breaker: Breaker): number | undefined {
  switch (breaker.state) {
    case "closed":
      return undefined;
    case "open":
      return breaker.probeAtMs;
    case "probing":
      return breaker.untilMs;
  }
}

/**
 * Takes in how one attempt went. An answer of any status closes it: the origin is there.
 * A broken connection tells nothing, but that a probe has not closed it.
 */
export function feedBreaker(breaker: Breaker, event: BreakerEvent, nowMs: number): Breaker {
  if (event === "answered") return closedBreaker;
  if (breaker.state === "probing") return { state: "open", probeAtMs: nowMs + OPEN_MS };
  if (breaker.state === "open" || event === "lost") return breaker;
  const failures = breaker.failures + 1;
  return failures >= OPENS_AFTER
    ? { state: "open", probeAtMs: nowMs + OPEN_MS }
    : { state: "closed", failures };
}
