import { dayOf, type Day } from "./days.ts";
import type { ChangePosition } from "./protocol.ts";
import { sequenceAt } from "./row.ts";
import type { FoundDelivery } from "./search.ts";
import type { Tables, Value } from "./tables.edge.ts";
import { toWrittenMatch } from "./terms.ts";

/** Between receipt and the ledger's row at most, ms: the budget, and what a hand-over retries. */
const LATE_MS = 60_000;

/**
 * A page of the deliveries that were written in a span, as they stand now. They come day by day, in no
 * order of time: who was away is told all of it before what is new counts as told.
 */
export function changesSince(
  tables: Tables,
  input: {
    readonly sinceMs: number;
    readonly untilMs: number;
    readonly position: ChangePosition | undefined;
    /** Rows. */
    readonly limit: number;
  },
): { readonly found: readonly FoundDelivery[]; readonly next: ChangePosition | undefined } {
  const { sinceMs, untilMs, position, limit } = input;
  const found: FoundDelivery[] = [];
  for (const day of tables.days) {
    if (position !== undefined && day < position.day) continue;
    for (const [kind, source] of sourcesOf(tables, day, sinceMs, untilMs).entries()) {
      if (position !== undefined && day === position.day && kind < position.kind) continue;
      const isHere = position?.day === day && position.kind === kind;
      const page = tables.readFound(
        source.from,
        `${source.where} AND ${source.order} > ? ORDER BY ${source.order} LIMIT ?`,
        ...source.values,
        isHere ? position.seq : -1,
        limit - found.length,
      );
      found.push(...page);
      const last = page.at(-1);
      if (found.length === limit && last !== undefined)
        return { found, next: { day, kind, seq: last.seq } };
    }
  }
  return { found, next: undefined };
}

interface ChangeSource {
  readonly from: string;
  readonly where: string;
  readonly values: readonly Value[];
  /** What it goes by; the index by its own rowid, else all that it finds would be sorted for each page. */
  readonly order: "seq" | "t.rowid";
}

function sourcesOf(
  tables: Tables,
  day: Day,
  sinceMs: number,
  untilMs: number,
): readonly ChangeSource[] {
  const order = "seq" as const;
  const receivedSince = sequenceAt(sinceMs - LATE_MS);
  const settled = tables.isIndexed(day)
    ? {
        from: `terms_${day} AS t CROSS JOIN deliveries_${day} ON seq = t.rowid`,
        where: `terms_${day} MATCH ?`,
        values: [toWrittenMatch(sinceMs, untilMs)],
        order: "t.rowid" as const,
      }
    : // Of 0.1.0, which knew no index.
      { from: `deliveries_${day}`, where: "seq >= ?", values: [receivedSince], order };
  const waiting = {
    from: `deliveries_${day} INDEXED BY pending_${day}`,
    where: `due_at_ms IS NOT NULL
      AND (seq >= ? OR json_extract(detail, '$.attempts[#-1].startedAtMs') >= ?)`,
    values: [receivedSince, sinceMs - LATE_MS],
    order,
  };
  const isOld = day < dayOf(sinceMs - LATE_MS);
  const refused = { from: `refusals_${day}`, where: "seq >= ?", values: [receivedSince], order };
  return isOld ? [settled, waiting] : [settled, waiting, refused];
}
