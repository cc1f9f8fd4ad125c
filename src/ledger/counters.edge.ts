import { dayOf, type Day } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type { StatsRequest, StatsStep } from "./protocol.ts";
import { RollupTable } from "./rollup-table.edge.ts";
import { add, countKey, countsOf, emptyTally, newTally, sum } from "./tally.ts";
import type { Counted, Counting, Tally } from "./tally.ts";
import type { Tables } from "./tables.edge.ts";

/**
 * Counts are written behind after so long, ms; twice as long each time while they keep coming: a busy day
 * costs some 1,440 rows, whatever it counts. Short at first, since a waiting timer keeps the object awake.
 */
const FIRST_WRITE_MS = 1_000;
const MAX_WRITE_MS = 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The hour that is counted now. */
interface Hour {
  readonly atMs: number;
  readonly total: Counting;
  /** By the minute's beginning, epoch ms. */
  readonly minutes: Map<number, Counting>;
}

/**
 * What is counted rather than listed, and the ring of refusals: bounded in rows and in writes,
 * whatever comes in. Counts that are not written yet are lost with the process.
 */
export class Counters {
  readonly #tables: Tables;
  readonly #rollups: RollupTable;
  readonly #transact: (nowMs: number, work: () => void) => void;
  /** Of the day, to know what is the first of its kind. */
  readonly #seen = new Map<string, number>();
  #hour: Hour | undefined;
  /** Never written, so that it never goes back but to nothing. */
  readonly #sinceStart: { readonly startedAtMs: number; readonly tally: Counting };
  #isDirty = false;
  #day: Day = "";
  #ringSlot = 0;
  #isWriteDue = false;
  #writeMs = FIRST_WRITE_MS;
  #lastWriteAtMs = 0;

  constructor(tables: Tables, transact: (nowMs: number, work: () => void) => void) {
    this.#tables = tables;
    this.#rollups = new RollupTable(tables);
    this.#transact = transact;
    this.#sinceStart = { startedAtMs: Date.now(), tally: newTally() };
  }

  /** Counts, in memory for now. */
  add(counted: Counted, nowMs: number): void {
    this.#startDay(nowMs);
    const hour = this.#hourOf(nowMs);
    const minuteAtMs = nowMs - (nowMs % MINUTE_MS);
    const minute = hour.minutes.get(minuteAtMs) ?? newTally();
    hour.minutes.set(minuteAtMs, minute);
    for (const tally of [hour.total, minute, this.#sinceStart.tally]) add(tally, counted);
    const key = countKey(counted);
    this.#seen.set(key, (this.#seen.get(key) ?? 0) + counted.count);
    this.#isDirty = true;
    this.#writeSoon(nowMs);
  }

  /**
   * Counts; of the first of its kind in a day a sample is kept where no flood can push it out.
   * @returns Whether the sample was kept.
   */
  addWithSample(count: Counted, sample: DeliveryRecord | undefined, nowMs: number): boolean {
    this.#startDay(nowMs);
    const isFirst = !this.#seen.has(countKey(count));
    this.add(count, nowMs);
    if (!isFirst || sample === undefined) return false;
    this.#tables.pinRefusal(this.#day, this.#seen.size, sample);
    this.#write();
    return true;
  }

  /** Reads the day anew at the next call: memory may be wrong after a transaction that was undone. */
  forgetDay(): void {
    this.#day = "";
    this.#hour = undefined;
    this.#isDirty = false;
  }

  /** Keeps one refusal in the ring. */
  keep(record: DeliveryRecord, nowMs: number): void {
    this.#startDay(nowMs);
    this.#tables.writeRefusal(this.#day, this.#ringSlot++, record);
  }

  /** What was counted since this object started. */
  get sinceStart(): { readonly startedAtMs: number; readonly tally: Tally } {
    return this.#sinceStart;
  }

  /** The day so far. */
  today(nowMs: number): readonly Counted[] {
    this.#startDay(nowMs);
    return countsOf({ ...emptyTally, counts: Object.fromEntries(this.#seen) });
  }

  /** What was counted in a span, by minutes or by hours; what is not written yet is in it. */
  between({ sinceMs, untilMs, stepMs }: StatsRequest): readonly StatsStep[] {
    const written = this.#rollups.between(sinceMs, untilMs, stepMs < HOUR_MS);
    const hour =
      this.#hour !== undefined && this.#tables.hasDay(dayOf(this.#hour.atMs))
        ? this.#hour
        : undefined;
    const hours = [
      ...written.filter(({ atMs }) => atMs !== hour?.atMs),
      ...(hour === undefined ? [] : [{ ...hour, minutes: [...hour.minutes] }]),
    ];
    const spans =
      stepMs < HOUR_MS
        ? hours.flatMap(({ minutes }) => minutes)
        : hours.map(({ atMs, total }) => [atMs, total] as const);
    const steps = Map.groupBy(
      spans.filter(([atMs]) => atMs >= sinceMs - (sinceMs % stepMs) && atMs < untilMs),
      ([atMs]) => atMs - (atMs % stepMs),
    );
    return [...steps].map(([atMs, found]) => [atMs, sum(found.map(([, tally]) => tally))]);
  }

  /** The hour of an instant; the one before it is written first. */
  #hourOf(nowMs: number): Hour {
    const atMs = nowMs - (nowMs % HOUR_MS);
    if (this.#hour?.atMs === atMs) return this.#hour;
    this.#write();
    const written = this.#rollups.read(atMs);
    this.#hour = {
      atMs,
      total: written?.total ?? newTally(),
      minutes: new Map(written?.minutes),
    };
    return this.#hour;
  }

  #startDay(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day === this.#day) return;
    this.#write();
    this.#day = day;
    this.#tables.ensureDay(day);
    this.#seen.clear();
    for (const count of [...this.#tables.counts(day), ...this.#rollups.countsOf(day)]) {
      const key = countKey(count);
      this.#seen.set(key, (this.#seen.get(key) ?? 0) + count.count);
    }
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
    const hour = this.#hour;
    if (!this.#isDirty || hour === undefined) return;
    this.#rollups.write({ ...hour, minutes: [...hour.minutes] });
    this.#isDirty = false;
  }
}
