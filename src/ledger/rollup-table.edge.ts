import { dayOf, type Day } from "./days.ts";
import { countsOf, type Counted, type Counting } from "./tally.ts";
import type { Tables } from "./tables.edge.ts";

/** What was counted in one hour. */
export interface HourRollup {
  /** Its beginning, epoch ms. */
  readonly atMs: number;
  readonly total: Counting;
  /** By the minute's beginning, epoch ms. */
  readonly minutes: readonly (readonly [atMs: number, tally: Counting])[];
}

/**
 * The SQL of rollups: a row an hour, written anew while it is counted. The hour's sum stands before its
 * minutes, so that thirty days are read without them.
 */
export class RollupTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** One row; none of a day that was dropped meanwhile. */
  write({ atMs, total, minutes }: HourRollup): void {
    const day = dayOf(atMs);
    if (!this.#tables.hasDay(day)) return;
    this.#tables.write(
      `INSERT OR REPLACE INTO rollups_${day} VALUES (?, ?, ?)`,
      atMs,
      JSON.stringify(total),
      JSON.stringify(minutes),
    );
  }

  /** The hour that begins at an instant. */
  read(atMs: number): HourRollup | undefined {
    return this.#rows(dayOf(atMs), atMs, atMs, true)[0];
  }

  /** The hours that a span touches. Their minutes are read where the span is short enough to be shown by them. */
  between(sinceMs: number, untilMs: number, hasMinutes: boolean): readonly HourRollup[] {
    return this.#tables.days
      .filter((day) => day >= dayOf(sinceMs) && day <= dayOf(untilMs))
      .flatMap((day) => this.#rows(day, sinceMs - 3_600_000, untilMs, hasMinutes));
  }

  /** What a day has counted. */
  countsOf(day: Day): readonly Counted[] {
    return this.#rows(day, 0, Number.MAX_SAFE_INTEGER, false).flatMap(({ total }) =>
      countsOf(total),
    );
  }

  #rows(day: Day, firstMs: number, lastMs: number, hasMinutes: boolean): readonly HourRollup[] {
    if (!this.#tables.hasTable(`rollups_${day}`)) return [];
    return this.#tables
      .read<{ at_ms: number; total: string; minutes: string }>(
        `SELECT at_ms, total, ${hasMinutes ? "minutes" : "'[]' AS minutes"} FROM rollups_${day}
         WHERE at_ms >= ? AND at_ms <= ? ORDER BY at_ms`,
        firstMs,
        lastMs,
      )
      .map(({ at_ms, total, minutes }) => ({
        atMs: at_ms,
        total: JSON.parse(total),
        minutes: JSON.parse(minutes),
      }));
  }
}
