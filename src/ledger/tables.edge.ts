import type { Claim } from "./claim-rules.ts";
import { dayBefore, dayOf, expiredDays, type Day } from "./days.ts";
import { receivedAtMsOf } from "./delivery-id.ts";
import type { DeliveryRecord } from "./delivery.ts";
import {
  answerColumns,
  answerOf,
  deliveryColumnNames,
  sequencesOf,
  toColumns,
  toRecord,
  toSummary,
  type DeliveryRow,
} from "./row.ts";
import { DAY_TABLE, daySchema } from "./schema.ts";
import { toSql, type FoundDelivery, type SearchRequest } from "./search.ts";

const CLAIM_DAYS = 2;
const RING_SLOTS = 1_000;
const columnList = deliveryColumnNames.join(", ");
const summaryList = deliveryColumnNames
  .slice(0, deliveryColumnNames.indexOf("request_body"))
  .join(", ");

type ClaimRow = {
  key: string;
  state: Claim["state"];
  fence: number;
  delivery_id: string;
  origin: string;
  is_listed: number;
  started_at_ms: number;
  ends_at_ms: number;
  answer_status: number | null;
  answer_headers: string | null;
  answer_body: ArrayBuffer | null;
};

/** A counter of the day. */
export interface Count {
  readonly origin: string;
  readonly outcome: string;
  readonly reason: string;
  readonly count: number;
}

/**
 * The ledger's SQL, statement by statement: no decisions here. Everything is synchronous; callers
 * group writes into transactions.
 */
export class Tables {
  readonly #sql: SqlStorage;
  readonly #days = new Set<Day>();
  /** Since this object started. */
  rowsWritten = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.reload();
  }

  /** Reads which days have tables: memory may be wrong after a transaction that was undone. */
  reload(): void {
    this.#days.clear();
    const tables = this.#sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray();
    for (const { name } of tables) {
      const day = DAY_TABLE.exec(name)?.[2];
      if (day !== undefined) this.#days.add(day);
    }
  }

  /** Bytes on disk. */
  get storageBytes(): number {
    return this.#sql.databaseSize;
  }

  /** Makes a day's tables where they are missing. */
  ensureDay(day: Day): void {
    if (this.#days.has(day)) return;
    this.#sql.exec(daySchema(day));
    this.#days.add(day);
  }

  /** The days that can be dropped as a whole. Claims count for two days only. */
  expired(
    nowMs: number,
    logDays: number,
  ): { readonly claims: readonly Day[]; readonly log: readonly Day[] } {
    const days = [...this.#days];
    return {
      claims: expiredDays({ days, nowMs, keepDays: CLAIM_DAYS }).filter((day) =>
        this.#hasTable(`claims_${day}`),
      ),
      log: expiredDays({ days, nowMs, keepDays: logDays }),
    };
  }

  dropClaims(day: Day): void {
    this.#sql.exec(`DROP TABLE IF EXISTS claims_${day}`);
  }

  dropDay(day: Day): void {
    this.dropClaims(day);
    for (const kind of ["deliveries", "refusals", "counts"])
      this.#sql.exec(`DROP TABLE IF EXISTS ${kind}_${day}`);
    this.#days.delete(day);
  }

  /** What stands under a claim key, today's word before yesterday's. */
  readClaim(key: string, nowMs: number): Claim | undefined {
    for (const day of [dayOf(nowMs), dayBefore(nowMs)]) {
      if (!this.#days.has(day)) continue;
      const row = this.#sql
        .exec<ClaimRow>(`SELECT * FROM claims_${day} WHERE key = ?`, key)
        .toArray()[0];
      if (row !== undefined) return toClaim(row);
    }
    return undefined;
  }

  /** Claims without a settle, of any day whose claims are still here. */
  runningClaims(): readonly Claim[] {
    return [...this.#days]
      .filter((day) => this.#hasTable(`claims_${day}`))
      .flatMap((day) =>
        this.#sql.exec<ClaimRow>(`SELECT * FROM claims_${day} WHERE state = 'running'`).toArray(),
      )
      .map(toClaim);
  }

  /** Claims of one day without a settle. */
  runningClaimsOf(day: Day): readonly Claim[] {
    return this.#sql
      .exec<ClaimRow>(`SELECT * FROM claims_${day} WHERE state = 'running'`)
      .toArray()
      .map(toClaim);
  }

  /** Writes a claim into today's table, whatever day it began on: today's word is read first. One row. */
  writeClaim(claim: Claim, nowMs: number): void {
    const day = dayOf(nowMs);
    this.ensureDay(day);
    this.#write(
      `INSERT OR REPLACE INTO claims_${day} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      claim.key,
      claim.state,
      claim.fence,
      claim.deliveryId,
      claim.origin,
      claim.isListed ? 1 : 0,
      claim.startedAtMs,
      claim.endsAtMs,
      ...answerColumns(claim.answer),
    );
  }

  /** Writes a delivery under the day of its id; a second write of the same one replaces it. One row. */
  writeDelivery(record: DeliveryRecord): void {
    const day = dayOf(receivedAtMsOf(record.id));
    this.ensureDay(day);
    const { first, end } = sequencesOf(record.id);
    const taken = this.#sql
      .exec<{ seq: number; id: string }>(
        `SELECT seq, id FROM deliveries_${day} WHERE seq >= ? AND seq < ?`,
        first,
        end,
      )
      .toArray();
    const seq =
      taken.find(({ id }) => id === record.id)?.seq ?? (taken.at(-1)?.seq ?? first - 1) + 1;
    this.#write(
      `INSERT OR REPLACE INTO deliveries_${day} (seq, ${columnList}) VALUES (?${", ?".repeat(deliveryColumnNames.length)})`,
      seq,
      ...toColumns(record),
    );
  }

  /** The slot after the newest of a day's ring. */
  nextRingSlot(day: Day): number {
    const [newest] = this.#sql
      .exec<{ slot: number }>(
        `SELECT slot FROM refusals_${day} WHERE slot < ${RING_SLOTS} ORDER BY seq DESC, slot DESC LIMIT 1`,
      )
      .toArray();
    return newest === undefined ? 0 : newest.slot + 1;
  }

  /** Writes into the ring of a day; the oldest gives way. One row. */
  writeRefusal(day: Day, slot: number, record: DeliveryRecord): void {
    this.#writeRefusalRow(day, slot % RING_SLOTS, record);
  }

  /** Writes a sample that no flood pushes out: the first of an origin and reason. One row. */
  pinRefusal(day: Day, number: number, record: DeliveryRecord): void {
    this.#writeRefusalRow(day, RING_SLOTS + number, record);
  }

  #writeRefusalRow(day: Day, slot: number, record: DeliveryRecord): void {
    this.#write(
      `INSERT OR REPLACE INTO refusals_${day} (slot, seq, ${columnList}) VALUES (?, ?${", ?".repeat(deliveryColumnNames.length)})`,
      slot,
      sequencesOf(record.id).first,
      ...toColumns(record),
    );
  }

  /** The day's counters. */
  counts(day: Day): readonly Count[] {
    if (!this.#days.has(day)) return [];
    return this.#sql
      .exec<Count & Record<string, SqlStorageValue>>(`SELECT * FROM counts_${day}`)
      .toArray();
  }

  /** Sets one counter of a day. One row. */
  writeCount(day: Day, count: Count): void {
    this.#write(
      `INSERT OR REPLACE INTO counts_${day} VALUES (?, ?, ?, ?)`,
      count.origin,
      count.outcome,
      count.reason,
      count.count,
    );
  }

  /** One delivery, whole. */
  findDelivery(id: string): DeliveryRecord | undefined {
    const day = dayOf(receivedAtMsOf(id));
    if (!this.#days.has(day)) return undefined;
    const { first, end } = sequencesOf(id);
    for (const table of [`deliveries_${day}`, `refusals_${day}`]) {
      const [row] = this.#sql
        .exec<DeliveryRow>(
          `SELECT seq, ${columnList} FROM ${table} WHERE seq >= ? AND seq < ? AND id = ?`,
          first,
          end,
          id,
        )
        .toArray();
      if (row !== undefined) return toRecord(row);
    }
    return undefined;
  }

  /** The pages of one request, one for each day that can hold a part of it, newest day first. */
  *search(
    request: SearchRequest,
  ): Generator<{ readonly day: Day; readonly page: readonly FoundDelivery[] }> {
    const { where, values } = toSql(request);
    for (const day of [...this.#days].toSorted().toReversed()) {
      if (!mayHold(day, request)) continue;
      const page = [`deliveries_${day}`, `refusals_${day}`].flatMap((table) =>
        this.#sql
          .exec<DeliveryRow>(
            `SELECT seq, ${summaryList} FROM ${table} WHERE ${where} ORDER BY seq DESC, id DESC LIMIT ?`,
            ...values,
            request.limit,
          )
          .toArray()
          .map((row) => ({ ...toSummary(row), seq: row.seq })),
      );
      yield { day, page };
    }
  }

  #write(statement: string, ...values: readonly (string | number | ArrayBuffer | null)[]): void {
    this.rowsWritten += this.#sql.exec(statement, ...values).rowsWritten;
  }

  #hasTable(name: string): boolean {
    return (
      this.#sql
        .exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name)
        .toArray().length > 0
    );
  }
}

function mayHold(day: Day, { filters, after }: SearchRequest): boolean {
  if (filters.sinceMs !== undefined && day < dayOf(filters.sinceMs)) return false;
  if (filters.untilMs !== undefined && day > dayOf(filters.untilMs)) return false;
  return after === undefined || day <= dayOf(receivedAtMsOf(after.id));
}

function toClaim(row: ClaimRow): Claim {
  return {
    key: row.key,
    state: row.state,
    fence: row.fence,
    deliveryId: row.delivery_id,
    origin: row.origin,
    isListed: row.is_listed === 1,
    startedAtMs: row.started_at_ms,
    endsAtMs: row.ends_at_ms,
    answer: answerOf(row),
  };
}
