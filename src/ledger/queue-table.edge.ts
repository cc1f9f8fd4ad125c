import type { Day } from "./days.ts";
import type { Tables } from "./tables.edge.ts";

/** How many are still to be sent, of one origin and key. */
export interface PendingCount {
  readonly origin: string;
  readonly sealedWith: string | undefined;
  readonly count: number;
  /** Sequence number of the one received first. */
  readonly firstSeq: number;
}

/** Of an origin and a key, asked one by one: what another key has sealed is never gone through. */
const PENDING = "due_at_ms IS NOT NULL AND origin = ? AND sealed_with IS ?";

/** Which of the due ones comes first. */
export type DueOrder = "oldest" | "newest";

/**
 * The SQL of what is still to be sent, all of it answered by the days' small indexes: no decisions here.
 * `openable` are the ids of the keys that can be opened; what is sealed with another one is left out.
 */
export class QueueTable {
  readonly #tables: Tables;
  /** Days that may have something to be sent: a look at every day of the log would cost more than the webhook. */
  #days: Set<Day> | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Takes note of a delivery that is to be sent. */
  note(deliveryId: string): void {
    this.#days?.add(this.#tables.dayOfDelivery(deliveryId));
  }

  /** Looks at every day anew: some were dropped, and what was left in them has moved on. */
  forgetDays(): void {
    this.#days = undefined;
  }

  /** Origins that have something to be sent, whatever it waits for. */
  origins(): readonly string[] {
    const found = new Set<string>();
    for (const day of this.#pendingDays()) {
      const origins = this.#originsOf(day);
      if (origins.length === 0) this.#days?.delete(day);
      for (const origin of origins) found.add(origin);
    }
    return [...found];
  }

  /** The id of the one that is due first, or last, of an origin; the day it was received on decides before that. */
  due(
    origin: string,
    untilMs: number,
    openable: readonly string[],
    order: DueOrder,
  ): string | undefined {
    const days = this.#pendingDays();
    for (const day of order === "oldest" ? days : days.toReversed()) {
      const rows = [null, ...openable].flatMap((key) =>
        this.#tables.read<{ id: string; due_at_ms: number }>(
          `SELECT id, due_at_ms FROM deliveries_${day} WHERE ${PENDING} AND due_at_ms <= ?
           ORDER BY due_at_ms ${order === "oldest" ? "ASC" : "DESC"} LIMIT 1`,
          origin,
          key,
          untilMs,
        ),
      );
      const sorted = rows.toSorted((one, other) => one.due_at_ms - other.due_at_ms);
      const row = order === "oldest" ? sorted[0] : sorted.at(-1);
      if (row !== undefined) return row.id;
    }
    return undefined;
  }

  /** When the next one of an origin is due, after an instant; epoch ms. */
  nextDueAtMs(origin: string, afterMs: number, openable: readonly string[]): number | undefined {
    const found = this.#pendingDays().flatMap((day) =>
      this.#nextOf(day, origin, afterMs, openable),
    );
    return found.length === 0 ? undefined : Math.min(...found);
  }

  /** What is still to be sent, counted: a row read for each. */
  counts(): readonly PendingCount[] {
    return this.#pendingDays()
      .flatMap((day) =>
        this.#tables.read<{
          origin: string;
          sealed_with: string | null;
          count: number;
          first: number;
        }>(
          `SELECT origin, sealed_with, count(*) AS count, min(seq) AS first FROM deliveries_${day}
           WHERE due_at_ms IS NOT NULL GROUP BY origin, sealed_with`,
        ),
      )
      .map(({ origin, sealed_with, count, first }) => ({
        origin,
        sealedWith: sealed_with ?? undefined,
        count,
        firstSeq: first,
      }));
  }

  /** Oldest first. */
  #pendingDays(): readonly Day[] {
    this.#days ??= new Set(this.#tables.days.filter((day) => this.#originsOf(day).length > 0));
    return [...this.#days].toSorted();
  }

  #originsOf(day: Day): readonly string[] {
    const found: string[] = [];
    // From one origin to the next, over all that each of them has.
    for (;;) {
      const [next] = this.#tables.read<{ origin: string }>(
        `SELECT origin FROM deliveries_${day} WHERE due_at_ms IS NOT NULL AND origin > ? ORDER BY origin LIMIT 1`,
        found.at(-1) ?? "",
      );
      if (next === undefined) return found;
      found.push(next.origin);
    }
  }

  #nextOf(
    day: Day,
    origin: string,
    afterMs: number,
    openable: readonly string[],
  ): readonly number[] {
    return [null, ...openable].flatMap((key) =>
      this.#tables
        .read<{ due_at_ms: number }>(
          `SELECT due_at_ms FROM deliveries_${day} WHERE ${PENDING} AND due_at_ms > ?
           ORDER BY due_at_ms LIMIT 1`,
          origin,
          key,
          afterMs,
        )
        .map(({ due_at_ms }) => due_at_ms),
    );
  }
}
