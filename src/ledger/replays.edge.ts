import type { DeliveryRecord } from "./delivery.ts";
import {
  isSentBy,
  nextOf,
  roomOf,
  settled,
  wasSentBy,
  withoutSavings,
  type ReplayPlan,
  type RunningPlan,
} from "./replay-plan.ts";
import { receivedAtMsOfSequence, sequenceAt } from "./row.ts";
import { toSql, type SearchFilters, type SearchRequest } from "./search.ts";
import type { Source, Tables } from "./tables.edge.ts";

/** Where a plan's deliveries go. */
export interface Feed {
  /** Ids of the keys that what is sealed can be opened with. */
  readonly openable: readonly string[];
  /** Whether an origin is configured, and well. */
  readonly isThere: (origin: string) => boolean;
  readonly sendAgain: (record: DeliveryRecord) => void;
}

/** How long a plan can be looked up, ms. */
const KEPT_MS = 7 * 86_400_000;
/** Neither a webhook of its own nor over: a duplicate is its first one's, a queued one is on its way. */
const NOT_PLANNED = "outcome NOT IN ('duplicate', 'queued')";

/**
 * Deliveries that are sent again by plan: this object's part of them. A plan is one row, and what it has
 * begun stands with the deliveries that are still to be sent, so that a restart changes nothing.
 */
export class Replays {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Finds what a plan would send, and writes it down. Nothing is sent. */
  plan(id: string, asked: SearchFilters, nowMs: number): ReplayPlan {
    const known = this.find(id);
    if (known !== undefined) return known;
    const filters = { ...asked, untilMs: Math.min(asked.untilMs ?? nowMs + 1, nowMs + 1) };
    const origins: Record<string, number> = {};
    const bounds: number[] = [];
    const request = { filters, limit: 0, after: undefined };
    const { where, values } = toSql(request);
    for (const { from, where: own, values: first } of this.#sources(request)) {
      const found = this.#tables.read<{
        origin: string;
        count: number;
        first: number;
        last: number;
      }>(
        `SELECT origin, count(*) AS count, min(seq) AS first, max(seq) AS last FROM ${from}
         WHERE ${own} AND origin IS NOT NULL AND ${NOT_PLANNED} AND ${where} GROUP BY origin`,
        ...first,
        ...values,
      );
      for (const each of found) {
        origins[each.origin] = (origins[each.origin] ?? 0) + each.count;
        bounds.push(each.first, each.last);
      }
    }
    const plan: RunningPlan = {
      id,
      state: "planned",
      createdAtMs: nowMs,
      filters,
      origins,
      oldestAtMs: bounds.length === 0 ? undefined : receivedAtMsOfSequence(Math.min(...bounds)),
      newestAtMs: bounds.length === 0 ? undefined : receivedAtMsOfSequence(Math.max(...bounds)),
      rate: undefined,
      sent: 0,
      skipped: 0,
      delivered: 0,
      failed: 0,
      ranAtMs: 0,
      throughBefore: 0,
      cursor: { seq: sequenceAt(filters.sinceMs ?? 0), id: "" },
      isThrough: false,
    };
    this.#write(plan);
    return plan;
  }

  /** Runs a plan, or goes on with one that was cancelled. One that runs or is done is left alone. */
  run(id: string, rate: number, nowMs: number): ReplayPlan | undefined {
    const plan = this.find(id);
    if (plan === undefined || plan.state === "running" || plan.state === "done") return plan;
    const throughBefore = plan.sent + plan.skipped;
    return this.#write(settled({ ...plan, state: "running", rate, ranAtMs: nowMs, throughBefore }));
  }

  /**
   * Stops a plan: what waits for its turn is taken back, and found again when the plan goes on. What is
   * under way is over within an attempt's time.
   */
  cancel(id: string): ReplayPlan | undefined {
    const plan = this.find(id);
    if (plan === undefined || plan.state === "done") return plan;
    const waiting = this.#waitingOf(id);
    for (const { record } of waiting) this.#tables.writeDelivery({ ...record, pending: undefined });
    const [first] = waiting;
    if (first === undefined) return this.#write({ ...plan, state: "cancelled" });
    return this.#write({
      ...plan,
      state: "cancelled",
      sent: plan.sent - waiting.length,
      cursor: { seq: Math.min(first.seq, plan.cursor.seq), id: "" },
      isThrough: false,
    });
  }

  /** What a plan has put into the queue and nobody has begun, oldest first. */
  #waitingOf(id: string): readonly { readonly seq: number; readonly record: DeliveryRecord }[] {
    return this.#tables.days.flatMap((day) =>
      this.#tables
        .read<{ seq: number; id: string }>(
          `SELECT seq, id FROM deliveries_${day}
           WHERE due_at_ms IS NOT NULL AND lease IS NULL AND outcome <> 'queued' ORDER BY seq`,
        )
        .flatMap(({ seq, id: deliveryId }) => {
          const record = this.#tables.findDelivery(deliveryId);
          return record?.replay === id ? [{ seq, record }] : [];
        }),
    );
  }

  find(id: string): RunningPlan | undefined {
    return this.#read("WHERE id = ?", id)[0];
  }

  /** Newest first. */
  all(): readonly RunningPlan[] {
    return this.#read("ORDER BY id DESC");
  }

  /** Lets as many begin as the rates allow, inside of a transaction: from then on they are due. */
  feed(nowMs: number, into: Feed): void {
    for (const each of this.all()) {
      const plan = withoutSavings(each, nowMs);
      const room = roomOf(plan, nowMs);
      if (room > 0) this.#write(settled(this.#fed(plan, room, into)));
    }
  }

  /** Counts how one that a plan has begun ended, inside of a transaction. */
  count({ replay, outcome }: DeliveryRecord, isDelivered: boolean): void {
    const plan = replay === undefined || outcome === "queued" ? undefined : this.find(replay);
    if (plan === undefined) return;
    const { delivered, failed } = plan;
    const counted = isDelivered ? { delivered: delivered + 1 } : { failed: failed + 1 };
    this.#write(settled({ ...plan, ...counted }));
  }

  /** When the next one may begin, epoch ms. */
  nextAtMs(): number | undefined {
    const times = this.all().flatMap((plan) => nextOf(plan) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Forgets what is long over. */
  dropOld(nowMs: number): void {
    for (const { id, createdAtMs, state } of this.all()) {
      if (state !== "running" && createdAtMs + KEPT_MS < nowMs)
        this.#tables.write("DELETE FROM replays WHERE id = ?", id);
    }
  }

  #fed(plan: RunningPlan, room: number, { openable, isThere, sendAgain }: Feed): RunningPlan {
    // One more than there is room for tells whether it is the end.
    const found = this.#after(plan, room + 1);
    const isThrough = found.length <= room;
    const next = found.slice(0, room);
    let { sent, skipped } = plan;
    for (const { id } of next) {
      const record = this.#tables.findDelivery(id);
      // Gone through a second time, after a cancel.
      if (record !== undefined && wasSentBy(plan.id, record)) continue;
      const isSent =
        record !== undefined && isThere(record.origin ?? "") && isSentBy(plan, record, openable);
      if (isSent) sendAgain({ ...record, replay: plan.id });
      if (isSent) sent++;
      else skipped++;
    }
    const cursor = next.at(-1) ?? plan.cursor;
    return { ...plan, sent, skipped, cursor, isThrough };
  }

  /** The next ones of a plan, oldest first. */
  #after(
    { filters, cursor }: RunningPlan,
    limit: number,
  ): readonly { readonly seq: number; readonly id: string }[] {
    const request = { filters, limit, after: undefined };
    const { where, values } = toSql(request);
    const found: { seq: number; id: string }[] = [];
    for (const source of this.#sources(request)) {
      found.push(
        ...this.#tables.read<{ seq: number; id: string }>(
          `SELECT seq, id FROM ${source.from}
           WHERE ${source.where} AND origin IS NOT NULL AND ${NOT_PLANNED} AND ${where}
           AND seq >= ? AND (seq > ? OR id > ?) ORDER BY ${source.order === undefined ? "seq" : "t.rowid"} LIMIT ?`,
          ...source.values,
          ...values,
          cursor.seq,
          cursor.seq,
          cursor.id,
          limit - found.length,
        ),
      );
      if (found.length === limit) break;
    }
    return found;
  }

  /** Oldest day first. What is to be sent already is not sent by a plan, so the index alone will do. */
  #sources(request: SearchRequest): readonly Source[] {
    return this.#tables.days.flatMap((day) => this.#tables.sourcesOf(day, request).slice(0, 1));
  }

  #read(rest: string, ...values: readonly string[]): readonly RunningPlan[] {
    if (!this.#tables.hasLasting("replays")) return [];
    return this.#tables
      .read<{ plan: string }>(`SELECT plan FROM replays ${rest}`, ...values)
      .map(({ plan }) => JSON.parse(plan));
  }

  #write(plan: RunningPlan): RunningPlan {
    this.#tables.ensureLasting(
      "replays",
      "(id TEXT PRIMARY KEY, plan TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#tables.write(
      "INSERT OR REPLACE INTO replays VALUES (?, ?)",
      plan.id,
      JSON.stringify(plan),
    );
    return plan;
  }
}
