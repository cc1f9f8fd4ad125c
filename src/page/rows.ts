import type { Page, Row } from "./api-types.ts";

/** The rows that the list has, newest first, and where it goes on. */
export interface Rows {
  readonly rows: readonly Row[];
  /** Of the oldest; `null` when there are no older ones. */
  readonly cursor: string | null;
  /** Where a text was looked for: in how many by now, and how far back they go. */
  readonly lookedAt?: Page["looked_at"];
}

/** So many rows are kept of a list that is watched for days; then it begins anew. */
export const MOST_ROWS = 10_000;

/** What became of a list. */
export interface Merged extends Rows {
  /** Ids that were not there before, newest first. */
  readonly fresh: readonly string[];
}

/**
 * Merges the newest page into what is there. Rows that are known are replaced, since what runs has ended
 * meanwhile; where the page and the list do not meet, there would be a gap: the page begins a new list.
 */
export function withNewest(list: Rows, page: Page): Merged {
  // A page of what shows a text need not meet another one: it may be empty.
  if (list.lookedAt !== undefined) return withRows(list, page.deliveries);
  const known = new Map(list.rows.map((row) => [row.id, row]));
  const doMeet =
    list.rows.length === 0 ||
    page.cursor === null ||
    page.deliveries.some(({ id }) => known.has(id));
  const fresh = page.deliveries.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  const { looked_at: lookedAt } = page;
  if (!doMeet || lookedAt !== undefined)
    return { rows: page.deliveries, cursor: page.cursor, lookedAt, fresh };
  for (const row of page.deliveries) known.set(row.id, row);
  return {
    rows: [...known.values()].toSorted(byNewest),
    cursor: list.rows.length === 0 ? page.cursor : list.cursor,
    fresh,
  };
}

/** Rows that came by the stream, in any order. */
export function withRows(list: Rows, rows: readonly Row[]): Merged {
  const known = new Map(list.rows.map((row) => [row.id, row]));
  const fresh = new Set(rows.filter(({ id }) => !known.has(id)).map(({ id }) => id));
  for (const row of rows) known.set(row.id, row);
  return { ...list, rows: [...known.values()].toSorted(byNewest), fresh: [...fresh] };
}

/** The page after the oldest. */
export function withOlder(list: Rows, page: Page): Rows {
  const known = new Set(list.rows.map(({ id }) => id));
  const older = page.deliveries.filter(({ id }) => !known.has(id));
  const rows = [...list.rows, ...older];
  if (page.looked_at === undefined) return { rows, cursor: page.cursor };
  const deliveries = (list.lookedAt?.deliveries ?? 0) + page.looked_at.deliveries;
  return { rows, cursor: page.cursor, lookedAt: { ...page.looked_at, deliveries } };
}

/** An id begins with its instant, and sorts by it within a shard; the instant itself goes first. */
function byNewest(one: Row, other: Row): number {
  if (one.received_at !== other.received_at) return one.received_at < other.received_at ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}

/**
 * Which rows are to be drawn.
 * @param input.offset Of the first row's upper edge above the window's, px; negative while it is below.
 * @param input.height Of the window, px.
 * @returns Indices, the end one past the last.
 */
export function rowsInSight(input: {
  readonly count: number;
  readonly rowHeight: number;
  readonly offset: number;
  readonly height: number;
}): { readonly start: number; readonly end: number } {
  const { count, rowHeight, offset, height } = input;
  const beyond = 8;
  const start = Math.min(count, Math.max(0, Math.floor(offset / rowHeight) - beyond));
  const end = Math.min(count, Math.max(start, Math.ceil((offset + height) / rowHeight) + beyond));
  return { start, end };
}
