import type { DeliverySummary, ListPosition } from "./row.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { sequenceAt, sequencesOf } from "./row.ts";

/** What a list is asked for; absent filters do not filter. */
export interface SearchFilters {
  readonly origin?: string;
  readonly outcome?: string;
  /** Any sid of the delivery. */
  readonly sid?: string;
  readonly account?: string;
  readonly twilioStatus?: string;
  readonly httpStatus?: number;
  readonly errorCode?: number;
  /** Only those that took at least so long, ms. */
  readonly minMs?: number;
  /** Received at or after, epoch ms. */
  readonly sinceMs?: number;
  /** Received before, epoch ms. */
  readonly untilMs?: number;
  /** The number it came from, exactly; the ledger looks it up by its hash. */
  readonly from?: string;
  readonly to?: string;
  /** The same, hashed: the ledger's own. */
  readonly fromHashes?: readonly string[];
  readonly toHashes?: readonly string[];
}

/** One page of the list, newest first. */
export interface SearchRequest {
  readonly filters: SearchFilters;
  /** Rows, 1–200. */
  readonly limit: number;
  /** The last row of the page before. */
  readonly after: ListPosition | undefined;
}

/** A row of the list and where it stands. */
export type FoundDelivery = DeliverySummary & { readonly seq: number };

/** A delivery as a row of the list. */
export function foundOf(record: DeliveryRecord): FoundDelivery {
  return {
    seq: sequencesOf(record.id).first,
    id: record.id,
    outcome: record.outcome,
    reason: record.reason,
    origin: record.origin,
    receivedAtMs: record.receivedAtMs,
    durationMs: record.durationMs,
    accountSid: record.accountSid,
    sids: record.sids,
    twilioStatus: record.twilioStatus,
    httpStatus: record.httpStatus,
    errorCode: record.errorCode,
    attempts: record.attempts.at(-1)?.number ?? 0,
    method: record.request.method,
    path: record.request.path,
    pending: record.pending,
  };
}

/**
 * The filters as SQL over the columns of a delivery.
 * @returns A condition without `WHERE` (`1` when nothing filters) and the values of its question marks.
 */
export function toSql(request: SearchRequest): {
  readonly where: string;
  readonly values: readonly (string | number)[];
} {
  const terms: (readonly [condition: string, ...values: (string | number)[]])[] = [];
  const { filters, after } = request;
  if (after !== undefined)
    terms.push(["(seq < ? OR (seq = ? AND id < ?))", after.seq, after.seq, after.id]);
  if (filters.sinceMs !== undefined) terms.push(["seq >= ?", sequenceAt(filters.sinceMs)]);
  if (filters.untilMs !== undefined) terms.push(["seq < ?", sequenceAt(filters.untilMs)]);
  if (filters.origin !== undefined) terms.push(["origin = ?", filters.origin]);
  if (filters.outcome !== undefined) terms.push(["outcome = ?", filters.outcome]);
  if (filters.account !== undefined) terms.push(["account_sid = ?", filters.account]);
  if (filters.twilioStatus !== undefined) terms.push(["twilio_status = ?", filters.twilioStatus]);
  if (filters.httpStatus !== undefined) terms.push(["http_status = ?", filters.httpStatus]);
  if (filters.errorCode !== undefined) terms.push(["error_code = ?", filters.errorCode]);
  if (filters.minMs !== undefined) terms.push(["duration_ms >= ?", filters.minMs]);
  if (filters.sid !== undefined)
    terms.push(["instr(' ' || sids || ' ', ' ' || ? || ' ') > 0", filters.sid]);
  for (const hashes of [filters.fromHashes, filters.toHashes]) {
    if (hashes === undefined) continue;
    const each = hashes.map(() => "instr(' ' || numbers || ' ', ' ' || ? || ' ') > 0");
    terms.push([`(${each.join(" OR ")})`, ...hashes]);
  }
  return {
    where: terms.length === 0 ? "1" : terms.map(([condition]) => condition).join(" AND "),
    values: terms.flatMap(([, ...values]) => values),
  };
}

/** The same for a delivery that is not in a table yet. */
export function isMatch(found: FoundDelivery, request: SearchRequest): boolean {
  const { filters, after } = request;
  const wanted: readonly (readonly [unknown, unknown])[] = [
    [filters.origin, found.origin],
    [filters.outcome, found.outcome],
    [filters.account, found.accountSid],
    [filters.twilioStatus, found.twilioStatus],
    [filters.httpStatus, found.httpStatus],
    [filters.errorCode, found.errorCode],
  ];
  return (
    wanted.every(([filter, value]) => filter === undefined || filter === value) &&
    // Of what runs no number is known yet.
    filters.fromHashes === undefined &&
    filters.toHashes === undefined &&
    (filters.sid === undefined || found.sids.includes(filters.sid)) &&
    (filters.minMs === undefined || found.durationMs >= filters.minMs) &&
    (filters.sinceMs === undefined || found.seq >= sequenceAt(filters.sinceMs)) &&
    (filters.untilMs === undefined || found.seq < sequenceAt(filters.untilMs)) &&
    (after === undefined || byNewest({ seq: after.seq, id: after.id }, found) < 0)
  );
}

/** Newest first: the order of every list, over days and shards. */
export function byNewest(a: ListPosition, b: ListPosition): number {
  if (a.seq !== b.seq) return b.seq - a.seq;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Merges pages of the same request that came from different places into one, each delivery once. */
export function mergePages(
  pages: readonly (readonly FoundDelivery[])[],
  limit: number,
): readonly FoundDelivery[] {
  const seen = new Set<string>();
  return pages
    .flat()
    .toSorted(byNewest)
    .filter(({ id }) => !seen.has(id) && seen.add(id))
    .slice(0, limit);
}
