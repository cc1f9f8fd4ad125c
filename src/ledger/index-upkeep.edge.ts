import type { Day } from "./days.ts";
import type { Tables } from "./tables.edge.ts";

/** A day's index in more parts than this is merged when the day is over. */
const MAX_SEGMENTS = 4;
/** Pages that a step may write: some ms, in which the object answers nobody. */
const STEP_PAGES = 500;
/** A day that is not done by then is left until the next one begins. */
const MAX_STEPS = 2_000;

/**
 * Merges the index of a day that is over: it was written in many small parts, and a search looks into each
 * of them. A page of a rare outcome over 30 days takes a third of the time afterwards. A step at a time,
 * begun again where it was cut off.
 * @see https://www.sqlite.org/fts5.html#the_merge_command read 2026-11.
 */
export class IndexUpkeep {
  readonly #tables: Tables;
  /** Days that are still to be merged; the first one is at it. */
  #due: readonly Day[] = [];
  #steps = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Whether there is something to merge. */
  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** Looks once a day which days are to be merged: those before `today` that are in many parts. */
  startDay(today: Day): void {
    this.#due = this.#tables.days.filter(
      (day) => day < today && this.#tables.isIndexed(day) && this.#segments(day) > MAX_SEGMENTS,
    );
    this.#steps = 0;
  }

  /** Does a step, inside of a transaction. */
  step(): void {
    const [day, ...rest] = this.#due;
    if (day === undefined) return;
    const isThere = this.#tables.hasDay(day);
    if (isThere) {
      // The first one makes all parts fit for one merge, the others go on with it.
      const pages = this.#steps === 0 ? -STEP_PAGES : STEP_PAGES;
      this.#steps++;
      this.#tables.write(
        `INSERT INTO terms_${day} (terms_${day}, rank) VALUES ('merge', ?)`,
        pages,
      );
      if (this.#steps < MAX_STEPS && this.#segments(day) > 1) return;
    }
    this.#due = rest;
    this.#steps = 0;
  }

  /** In how many parts a day's index is, counted no further than matters. */
  #segments(day: Day): number {
    let last = 0;
    for (let count = 0; ; count++) {
      const [next] = this.#tables.read<{ segid: number | null }>(
        `SELECT min(segid) AS segid FROM terms_${day}_idx WHERE segid > ?`,
        last,
      );
      if (count > MAX_SEGMENTS || next === undefined || next.segid === null) return count;
      last = next.segid;
    }
  }
}
