import { dayOf, type Day } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type { Count, Tables } from "./tables.edge.ts";

/**
 * Counts are written behind after so long, ms; twice as long each time while they keep coming: a flood
 * of a day costs some 1,440 rows a kind. Short at first, since a waiting timer keeps the object awake.
 */
const FIRST_WRITE_MS = 1_000;
const MAX_WRITE_MS = 60_000;

/**
 * What is counted rather than listed, and the ring of refusals: bounded in rows and in writes,
 * whatever comes in. Counts that are not written yet are lost with the process.
 */
export class Counters {
  readonly #tables: Tables;
  readonly #transact: (nowMs: number, work: () => void) => void;
  readonly #counts = new Map<string, Count>();
  readonly #dirty = new Set<string>();
  #day: Day = "";
  #ringSlot = 0;
  #isWriteDue = false;
  #writeMs = FIRST_WRITE_MS;
  #lastWriteAtMs = 0;

  constructor(tables: Tables, transact: (nowMs: number, work: () => void) => void) {
    this.#tables = tables;
    this.#transact = transact;
  }

  /** Counts, in memory for now. */
  add(count: Count, nowMs: number): void {
    this.#startDay(nowMs);
    const key = keyOf(count);
    this.#counts.set(key, { ...count, count: (this.#counts.get(key)?.count ?? 0) + count.count });
    this.#dirty.add(key);
    this.#writeSoon(nowMs);
  }

  /**
   * Counts; of the first of its kind in a day a sample is kept where no flood can push it out.
   * @returns Whether the sample was kept.
   */
  addWithSample(count: Count, sample: DeliveryRecord | undefined, nowMs: number): boolean {
    this.#startDay(nowMs);
    const isFirst = !this.#counts.has(keyOf(count));
    this.add(count, nowMs);
    if (!isFirst || sample === undefined) return false;
    this.#tables.pinRefusal(this.#day, this.#counts.size, sample);
    this.#write();
    return true;
  }

  /** Reads the day anew at the next call: memory may be wrong after a transaction that was undone. */
  forgetDay(): void {
    this.#day = "";
    this.#dirty.clear();
  }

  /** Keeps one refusal in the ring. */
  keep(record: DeliveryRecord, nowMs: number): void {
    this.#startDay(nowMs);
    this.#tables.writeRefusal(this.#day, this.#ringSlot++, record);
  }

  /** The day so far. */
  today(nowMs: number): readonly Count[] {
    this.#startDay(nowMs);
    return [...this.#counts.values()];
  }

  #startDay(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day === this.#day) return;
    this.#write();
    this.#day = day;
    this.#tables.ensureDay(day);
    this.#counts.clear();
    for (const count of this.#tables.counts(day)) this.#counts.set(keyOf(count), count);
    this.#ringSlot = this.#tables.nextRingSlot(day);
  }

  #writeSoon(nowMs: number): void {
    if (this.#isWriteDue) return;
    this.#isWriteDue = true;
    const isBusy = nowMs - this.#lastWriteAtMs < MAX_WRITE_MS;
    this.#writeMs = isBusy ? Math.min(MAX_WRITE_MS, this.#writeMs * 2) : FIRST_WRITE_MS;
    this.#lastWriteAtMs = nowMs + this.#writeMs;
    setTimeout(() => {
      this.#isWriteDue = false;
      this.#transact(Date.now(), () => this.#write());
    }, this.#writeMs);
  }

  #write(): void {
    for (const key of this.#dirty) {
      const count = this.#counts.get(key);
      if (count !== undefined) this.#tables.writeCount(this.#day, count);
    }
    this.#dirty.clear();
  }
}

function keyOf({ origin, outcome, reason }: Count): string {
  return JSON.stringify([origin, outcome, reason]);
}
