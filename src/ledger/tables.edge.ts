import { dayOf, expiredDays, type Day } from "./days.ts";
import { receivedAtMsOf } from "./delivery-id.ts";
import type { DeliveryRecord } from "./delivery.ts";
import {
  deliveryColumnNames,
  SEQUENCES_PER_MS,
  sequenceAt,
  sequencesOf,
  toColumns,
  toRecord,
  toSummary,
  type DeliveryRow,
} from "./row.ts";
import { DAY_TABLE, daySchema, upgradeOf } from "./schema.ts";
import { toSql, type FoundDelivery, type SearchRequest } from "./search.ts";
import type { Counted } from "./tally.ts";
import { termsUpgradeOf, toMatch } from "./terms.ts";

const CLAIM_DAYS = 2;
const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;
const RING_SLOTS = 1_000;
/** Of one statement: a limit of the platform. */
const MAX_PARAMETERS = 100;
const columnList = deliveryColumnNames.join(", ");
const summaryList = deliveryColumnNames
  .slice(0, deliveryColumnNames.indexOf("sealed_with"))
  .join(", ");

/** A place where deliveries of a day are found. */
export interface Source {
  readonly from: string;
  /** A condition, and the values of its question marks. */
  readonly where: string;
  readonly values: readonly (string | number)[];
  /** What gives it newest first; by `seq` and `id` where nothing is said. */
  readonly order?: string;
}

type CountRow = { origin: string; outcome: string; reason: string; count: number };

/** What SQLite takes for a question mark. */
export type Value = string | number | ArrayBuffer | null;

/**
 * The ledger's SQL, statement by statement: no decisions here. Everything is synchronous; callers
 * group writes into transactions.
 */
export class Tables {
  readonly #sql: SqlStorage;
  readonly #days = new Set<Day>();
  /** Days that were indexed from their first delivery on. */
  readonly #indexed = new Set<Day>();
  /** Tables that are no day's. */
  readonly #lasting = new Set<string>();
  /** Since this object started. */
  rowsWritten = 0;
  /** Told of every delivery that is written, whatever becomes of the transaction. */
  onDelivery: (record: DeliveryRecord) => void = () => {};

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.reload();
  }

  /** Reads which days have tables: memory may be wrong after a transaction that was undone. */
  reload(): void {
    this.#days.clear();
    this.#indexed.clear();
    this.#lasting.clear();
    const tables = this.#schema("table");
    for (const { name } of tables) {
      const [, kind, day] = DAY_TABLE.exec(name) ?? [];
      if (kind === "deliveries" && day !== undefined) this.#days.add(day);
    }
    for (const { name, sql } of tables) {
      const [, kind, day] = DAY_TABLE.exec(name) ?? [];
      if (day === undefined) {
        this.#lasting.add(name);
        continue;
      }
      if (!this.#days.has(day)) {
        // The day was dropped by a release that does not know of this table yet.
        this.#sql.exec(`DROP TABLE ${name}`);
        continue;
      }
      if (kind === "terms") this.#indexed.add(day);
      const upgrade = upgradeOf(kind ?? "", day, sql);
      if (upgrade !== undefined) this.#sql.exec(upgrade);
    }
    for (const { name, sql } of this.#schema("trigger")) {
      const upgrade = termsUpgradeOf(name, sql);
      if (upgrade !== undefined) this.#sql.exec(upgrade);
    }
  }

  #schema(type: "table" | "trigger"): readonly { readonly name: string; readonly sql: string }[] {
    return this.read<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = ?",
      type,
    );
  }

  /** The days that have tables, oldest first. */
  get days(): readonly Day[] {
    return [...this.#days].toSorted();
  }

  hasDay(day: Day): boolean {
    return this.#days.has(day);
  }

  /** Whether all of a day's deliveries that are over are in its index. */
  isIndexed(day: Day): boolean {
    return this.#indexed.has(day);
  }

  /** Rows that a statement gives. */
  read<T extends Record<string, SqlStorageValue>>(statement: string, ...values: Value[]): T[] {
    return this.#sql.exec<T>(statement, ...values).toArray();
  }

  /** Runs a statement that writes, and counts what it costs. */
  write(statement: string, ...values: readonly Value[]): void {
    this.rowsWritten += this.#sql.exec(statement, ...values).rowsWritten;
  }

  /** The same for rows of as many values each, with as few statements as SQLite's limit allows: each costs more than its rows. */
  writeRows(insert: string, rows: readonly (readonly Value[])[]): void {
    for (const chunk of inChunks(rows, Math.floor(MAX_PARAMETERS / (rows[0]?.length ?? 1)))) {
      const places = chunk.map((row) => `(${placesFor(row)})`).join(", ");
      this.write(`${insert} VALUES ${places}`, ...chunk.flat());
    }
  }

  /** The day in whose tables a delivery is: that of its id or, where it has outlived it, the oldest there is. */
  dayOfDelivery(id: string): Day {
    const day = dayOf(receivedAtMsOf(id));
    if (this.#days.has(day)) return day;
    return this.days.find((each) => each > day) ?? day;
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
    this.#indexed.add(day);
  }

  /** Whether there is a table that is no day's. */
  hasLasting(name: string): boolean {
    return this.#lasting.has(name);
  }

  /** Makes one where it is missing. */
  ensureLasting(name: string, columns: string): void {
    if (this.#lasting.has(name)) return;
    this.write(`CREATE TABLE IF NOT EXISTS ${name} ${columns}`);
    this.#lasting.add(name);
  }

  /** The days that can be dropped as a whole. Claims count for two days only. */
  expired(
    nowMs: number,
    logDays: number,
  ): { readonly claims: readonly Day[]; readonly log: readonly Day[] } {
    return {
      claims: expiredDays({ days: this.daysOfClaims(), nowMs, keepDays: CLAIM_DAYS }),
      log: expiredDays({ days: this.days, nowMs, keepDays: logDays }),
    };
  }

  /** The days whose claims are still here. */
  daysOfClaims(): readonly Day[] {
    return this.days.filter((day) => this.hasTable(`claims_${day}`));
  }

  dropClaims(day: Day): void {
    this.#sql.exec(`DROP TABLE IF EXISTS claims_${day}`);
  }

  /** Drops a day; what of it is still to be sent moves on into the next one. */
  dropDay(day: Day): void {
    this.dropClaims(day);
    const next = this.days.find((each) => each > day);
    if (next !== undefined) {
      this.write(
        `INSERT OR IGNORE INTO deliveries_${next} (seq, ${columnList})
         SELECT seq, ${columnList} FROM deliveries_${day} WHERE due_at_ms IS NOT NULL AND outcome = 'queued'`,
      );
    }
    for (const kind of ["deliveries", "refusals", "counts", "rollups", "terms"])
      this.#sql.exec(`DROP TABLE IF EXISTS ${kind}_${day}`);
    this.#days.delete(day);
    this.#indexed.delete(day);
  }

  /** Writes a delivery: see `writeDeliveries`. */
  writeDelivery(record: DeliveryRecord): void {
    this.writeDeliveries([record]);
  }

  /**
   * Writes deliveries, each under the day of its id; a second write of the same one replaces it. One row each, and
   * one more where it is still to be sent.
   */
  writeDeliveries(records: readonly DeliveryRecord[]): void {
    for (const [day, all] of Map.groupBy(records, ({ id }) => this.dayOfDelivery(id))) {
      this.ensureDay(day);
      const sequences = this.#sequencesFor(day, all);
      this.writeRows(
        `INSERT OR REPLACE INTO deliveries_${day} (seq, ${columnList})`,
        all.map((record, index) => [sequences[index] ?? 0, ...toColumns(record)]),
      );
    }
    for (const record of records) this.onDelivery(record);
  }

  /** Where deliveries stand already, or the next free place of their millisecond. */
  #sequencesFor(day: Day, records: readonly DeliveryRecord[]): readonly number[] {
    const places = records.map(({ id }) => ({ id, first: sequencesOf(id).first }));
    const taken = new Map<number, Map<string, number>>();
    for (const { first } of places) taken.set(first, new Map());
    for (const chunk of inChunks([...taken.keys()], MAX_PARAMETERS)) {
      const found = this.read<{ first: number; seq: number; id: string }>(
        `WITH instants (first) AS (VALUES ${chunk.map(() => "(?)").join(", ")})
         SELECT first, seq, id FROM instants CROSS JOIN deliveries_${day}
         ON seq >= first AND seq < first + ${SEQUENCES_PER_MS} ORDER BY seq`,
        ...chunk,
      );
      for (const { first, seq, id } of found) taken.get(first)?.set(id, seq);
    }
    return places.map(({ first, id }) => {
      const ofInstant = taken.get(first) ?? new Map<string, number>();
      const seq = ofInstant.get(id) ?? ([...ofInstant.values()].at(-1) ?? first - 1) + 1;
      ofInstant.set(id, seq);
      return seq;
    });
  }

  /** Takes a delivery that is over out of the log; whoever watches is told how it ended. One row. */
  removeDelivery(record: DeliveryRecord): void {
    const { first, end } = sequencesOf(record.id);
    this.write(
      `DELETE FROM deliveries_${this.dayOfDelivery(record.id)} WHERE seq >= ? AND seq < ? AND id = ?`,
      first,
      end,
      record.id,
    );
    this.onDelivery(record);
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
    const values = [slot, sequencesOf(record.id).first, ...toColumns(record)];
    this.write(
      `INSERT OR REPLACE INTO refusals_${day} (slot, seq, ${columnList}) VALUES (${placesFor(values)})`,
      ...values,
    );
    this.onDelivery(record);
  }

  /** What 0.1.0 has counted of a day. */
  counts(day: Day): readonly Counted[] {
    if (!this.#days.has(day)) return [];
    return this.read<CountRow>(`SELECT * FROM counts_${day}`);
  }

  /** One delivery, whole. */
  findDelivery(id: string): DeliveryRecord | undefined {
    return this.findKept(id) ?? this.#findIn("refusals", id);
  }

  /** The same where it is known not to be a refusal. */
  findKept(id: string): DeliveryRecord | undefined {
    return this.#findIn("deliveries", id);
  }

  #findIn(kind: "deliveries" | "refusals", id: string): DeliveryRecord | undefined {
    const day = this.dayOfDelivery(id);
    if (!this.#days.has(day)) return undefined;
    const { first, end } = sequencesOf(id);
    const [row] = this.read<DeliveryRow>(
      `SELECT seq, ${columnList} FROM ${kind}_${day} WHERE seq >= ? AND seq < ? AND id = ?`,
      first,
      end,
      id,
    );
    return row && toRecord(row);
  }

  /** The pages of one request, one for each day that can hold a part of it, newest day first. */
  *search(
    request: SearchRequest,
  ): Generator<{ readonly day: Day; readonly page: readonly FoundDelivery[] }> {
    const { where, values } = toSql(request);
    const [oldest] = this.days;
    for (const day of this.days.toReversed()) {
      // What has outlived its own day is in the oldest.
      if (day !== oldest && !mayHold(day, request)) continue;
      const sources: readonly Source[] = [
        ...this.sourcesOf(day, request),
        { from: `refusals_${day}`, where: "1", values: [] },
      ];
      const page = sources.flatMap((source) =>
        this.readFound(
          source.from,
          `${source.where} AND ${where} ORDER BY ${source.order ?? "seq DESC, id DESC"} LIMIT ?`,
          ...source.values,
          ...values,
          request.limit,
        ),
      );
      yield { day, page };
    }
  }

  /** Rows of the list, of a table of deliveries. */
  readFound(from: string, where: string, ...values: Value[]): readonly FoundDelivery[] {
    return this.read<DeliveryRow>(
      `SELECT seq, ${summaryList} FROM ${from} WHERE ${where}`,
      ...values,
    ).map((row) => ({ ...toSummary(row), seq: row.seq }));
  }

  /** Where the deliveries of a day are looked for: in its index, and beside it among what is still to be sent. */
  sourcesOf(day: Day, { filters, after }: SearchRequest): readonly Source[] {
    const match = toMatch(filters);
    if (match === undefined || !this.#indexed.has(day))
      return [{ from: `deliveries_${day}`, where: "1", values: [] }];
    const first = sequenceAt(filters.sinceMs ?? 0);
    const last = filters.untilMs === undefined ? MAX_SEQUENCE : sequenceAt(filters.untilMs) - 1;
    return [
      {
        from: `terms_${day} AS t CROSS JOIN deliveries_${day} ON seq = t.rowid`,
        where: `terms_${day} MATCH ? AND t.rowid >= ? AND t.rowid <= ?`,
        values: [match, first, Math.min(last, after?.seq ?? MAX_SEQUENCE)],
        // Alone: with anything behind it all that is found would be sorted.
        order: "t.rowid DESC",
      },
      {
        from: `deliveries_${day} INDEXED BY pending_${day}`,
        where: "due_at_ms IS NOT NULL",
        values: [],
      },
    ];
  }

  hasTable(name: string): boolean {
    return (
      this.#sql
        .exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name)
        .toArray().length > 0
    );
  }
}

function placesFor(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

function mayHold(day: Day, { filters, after }: SearchRequest): boolean {
  if (filters.sinceMs !== undefined && day < dayOf(filters.sinceMs)) return false;
  if (filters.untilMs !== undefined && day > dayOf(filters.untilMs)) return false;
  return after === undefined || day <= dayOf(receivedAtMsOf(after.id));
}

/** Chunks of sizes that are powers of two, so that there are few different statements to be kept prepared. */
function inChunks<T>(all: readonly T[], atMost: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let from = 0, size = 1 << 30; from < all.length; from += size) {
    while (size > atMost || size > all.length - from) size >>= 1;
    chunks.push(all.slice(from, from + size));
  }
  return chunks;
}
