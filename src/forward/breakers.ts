import type { BreakerEvent, BreakerState } from "../ledger/protocol.ts";
import { askBreaker, closedBreaker, feedBreaker, type Breaker } from "./breaker.ts";

/** The breakers of all origins, in memory only. */
export interface Breakers {
  /** What the next webhook of an origin is told. */
  ask(origin: string, nowMs: number): BreakerState;
  feed(origin: string, event: BreakerEvent, nowMs: number): void;
  /** Those that have seen something. */
  states(): readonly { readonly origin: string; readonly state: Breaker["state"] }[];
}

/** Makes them, all closed. */
export function breakers(): Breakers {
  const known = new Map<string, Breaker>();
  return {
    ask(origin, nowMs) {
      const asked = askBreaker(known.get(origin) ?? closedBreaker, nowMs);
      if (asked.breaker !== closedBreaker) known.set(origin, asked.breaker);
      return asked.told;
    },
    feed(origin, event, nowMs) {
      known.set(origin, feedBreaker(known.get(origin) ?? closedBreaker, event, nowMs));
    },
    states: () => [...known].map(([origin, { state }]) => ({ origin, state })),
  };
}
