import type { DeliveryRecord } from "./delivery.ts";
import type { Refusals, RefusalBatch } from "./protocol.ts";

/** So many a minute and origin are kept in full; the rest is counted. */
const FULL_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

type Counted = {
  origin: string;
  outcome: string;
  reason: string;
  count: number;
  sample: DeliveryRecord;
};

/** What an isolate has refused since it last told the ledger. */
export interface RefusalBuffer {
  /** Takes one in, building its record only where it is kept. @param nowMs Epoch ms. */
  add(refusal: Refusals, nowMs: number): void;
  /** Empties the buffer; `undefined` when there is nothing in it. */
  take(): RefusalBatch | undefined;
}

/**
 * Makes an isolate's buffer of refusals. A flood of forged requests costs it a counter each: what it
 * holds is bounded by origins, reasons and `FULL_PER_MINUTE`, never by the flood.
 */
export function refusalBuffer(): RefusalBuffer {
  const counts = new Map<string, Counted>();
  const minutes = new Map<string, { readonly startedAtMs: number; kept: number }>();
  let records: DeliveryRecord[] = [];

  function isWithinRate(origin: string, nowMs: number): boolean {
    let minute = minutes.get(origin);
    if (minute === undefined || nowMs - minute.startedAtMs >= MINUTE_MS) {
      minute = { startedAtMs: nowMs, kept: 0 };
      minutes.set(origin, minute);
    }
    return minute.kept++ < FULL_PER_MINUTE;
  }

  return {
    add({ origin, outcome, reason, record }, nowMs) {
      const key = JSON.stringify([origin, outcome, reason]);
      const counted = counts.get(key);
      const isKept = isWithinRate(origin, nowMs);
      const built = counted === undefined || isKept ? record() : undefined;
      if (counted === undefined && built !== undefined) {
        counts.set(key, { origin, outcome, reason, count: 1, sample: built });
      } else if (counted !== undefined) {
        counted.count++;
      }
      if (isKept && built !== undefined) records.push(built);
    },
    take() {
      if (counts.size === 0) return undefined;
      const batch = { counts: [...counts.values()], records };
      counts.clear();
      records = [];
      return batch;
    },
  };
}
