import type { BreakerEvent, BreakerState } from "../ledger/protocol.ts";
import { askBreaker, closedBreaker, heldUntilMs, feedBreaker, type Breaker } from "./breaker.ts";

/** The breakers of all origins, in memory only. */
export interface Breakers {
  /** What the next webhook of an origin is told. */
  ask(origin: string, nowMs: number): BreakerState;
  feed(origin: string, event: BreakerEvent, nowMs: number): void;
  /** When the next webhook may be let through; `undefined` at once. Epoch ms. */
  opensAtMs(origin: string, nowMs: number): number | undefined;
  /** Those that have seen something, and how long ago each opened last, ms. */
  states(nowMs: number): readonly {
    readonly origin: string;
    readonly state: Breaker["state"];
    readonly openedAgoMs?: number;
  }[];
}

/** Makes them, all closed. */
export function breakers(): Breakers {
  const known = new Map<string, Breaker>();
  const openedAtMs = new Map<string, number>();
  return {
    ask(origin, nowMs) {
      const asked = askBreaker(known.get(origin) ?? closedBreaker, nowMs);
      if (asked.breaker !== closedBreaker) known.set(origin, asked.breaker);
      return asked.told;
    },
    feed(origin, event, nowMs) {
      const before = known.get(origin) ?? closedBreaker;
      const after = feedBreaker(before, event, nowMs);
      known.set(origin, after);
      if (before.state === "closed" && after.state === "open") openedAtMs.set(origin, nowMs);
    },
    opensAtMs(origin, nowMs) {
      const untilMs = heldUntilMs(known.get(origin) ?? closedBreaker);
      return untilMs === undefined || untilMs <= nowMs ? undefined : untilMs;
    },
    states: (nowMs) =>
      [...known].map(([origin, { state }]) => {
        const atMs = openedAtMs.get(origin);
        return { origin, state, ...(atMs === undefined ? {} : { openedAgoMs: nowMs - atMs }) };
      }),
  };
}
