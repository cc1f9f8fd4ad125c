import type { Day } from "./days.ts";
import type { Tables } from "./tables.edge.ts";

/** A day's index in more parts than this is merged when the day is over. */
const MAX_SEGMENTS = 4;
/** Pages that a step may write: some ms, in which the object answers nobody. */
const STEP_PAGES = 500;
/** A day that is not done by then is left until the object starts again. */
const MAX_STEPS = 2_000;

/**
 * Merges the index of a day that is over: it was written in many small parts, and a search looks into each
 * of them. A page of a rare outcome over 30 days takes a third of the time afterwards. A step at a time,
 * begun again where it was cut off.
 * @see https://www.sqlite.org/fts5.html#the_merge_command read 2026-11.
 */
export class IndexUpkeep {
  readonly #tables: Tables;
  #merging: { readonly day: Day; steps: number } | undefined;
  /** Days that were given up. */
  readonly #left = new Set<Day>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Whether a day before `today` is to be merged. */
  isDue(today: Day): boolean {
    return this.#merging !== undefined || this.#next(today) !== undefined;
  }

  /** Does a step, inside of a transaction. */
  step(today: Day): void {
    const day = this.#merging?.day ?? this.#next(today);
    if (day === undefined) return;
    // The first one makes all parts fit for one merge, the others go on with it.
    const pages = this.#merging === undefined ? -STEP_PAGES : STEP_PAGES;
    this.#merging ??= { day, steps: 0 };
    this.#merging.steps++;
    if (!this.#tables.days.includes(day)) return this.#end();
    this.#tables.write(`INSERT INTO terms_${day} (terms_${day}, rank) VALUES ('merge', ?)`, pages);
    if (this.#merging.steps > MAX_STEPS) this.#left.add(day);
    if (this.#left.has(day) || this.#segments(day) <= 1) this.#end();
  }

  #end(): void {
    this.#merging = undefined;
  }

  #next(today: Day): Day | undefined {
    return this.#tables.days.find(
      (day) =>
        day < today &&
        !this.#left.has(day) &&
        this.#tables.isIndexed(day) &&
        this.#segments(day) > MAX_SEGMENTS,
    );
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
