import type { DeliveryRecord } from "./delivery.ts";
import type { Refusal, RefusalBatch } from "./protocol.ts";

/** So many a minute and origin are kept in full; the rest is counted. */
const FULL_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** So many records at the most, samples among them, wait for one call: some 40 kB each. */
const MAX_RECORDS = 100;
/** How long one sample of a kind does, ms: the ledger wants one a day, and a day begins some time. */
const SAMPLE_MS = 3_600_000;

type Counted = {
  origin: string;
  outcome: string;
  reason: string;
  count: number;
  sample: DeliveryRecord | undefined;
};

/** What an isolate has refused since it last told the ledger. */
export interface RefusalBuffer {
  /** Takes one in, building its record only where it is kept. @param nowMs Epoch ms. @returns The record. */
  add(refusal: Refusal, nowMs: number): DeliveryRecord | undefined;
  /** Empties the buffer; `undefined` when there is nothing in it. */
  take(): RefusalBatch | undefined;
}

/**
 * Makes an isolate's buffer of refusals. A flood of forged requests costs it a counter each: what it
 * holds is bounded by origins, reasons, `FULL_PER_MINUTE` and `MAX_RECORDS`, never by the flood.
 */
export function refusalBuffer(): RefusalBuffer {
  const counts = new Map<string, Counted>();
  const minutes = new Map<string, { readonly startedAtMs: number; kept: number }>();
  const sampledAtMs = new Map<string, number>();
  let records: DeliveryRecord[] = [];
  let held = 0;

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
      const counted = counts.get(key) ?? { origin, outcome, reason, count: 0, sample: undefined };
      counts.set(key, counted);
      counted.count++;

      const isSample = nowMs - (sampledAtMs.get(key) ?? -SAMPLE_MS) >= SAMPLE_MS;
      const isKept = isWithinRate(origin, nowMs);
      if (record === undefined || held >= MAX_RECORDS || !(isSample || isKept)) return undefined;
      const built = record();
      held++;
      if (isSample) {
        sampledAtMs.set(key, nowMs);
        counted.sample = built;
      }
      if (isKept) records.push(built);
      return built;
    },
    take() {
      if (counts.size === 0) return undefined;
      const batch = { counts: [...counts.values()], records };
      counts.clear();
      records = [];
      held = 0;
      return batch;
    },
  };
}
