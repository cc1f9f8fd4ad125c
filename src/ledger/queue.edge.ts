import type { Breakers } from "../forward/breakers.ts";
import { afterAttempt, isHeard, nextNumber, withLostAttempt } from "./after-attempt.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type {
  AttemptSettlement,
  EnqueueRequest,
  Job,
  LeaseReply,
  LeaseRequest,
  QueuedCount,
  QueuedOrigin,
} from "./protocol.ts";
import { QueueTable } from "./queue-table.edge.ts";
import { receivedAtMsOfSequence } from "./row.ts";
import type { Tables } from "./tables.edge.ts";

/** Cloudflare opens no more connections at once out of one object; the others wait. */
const MAX_UNDER_WAY = 6;
/** Attempts that one alarm starts, ≤ 50: the free plan allows an invocation no more requests. */
const STARTS_PER_ALARM = 40;
/** Of so many attempts at a backlog one is at its newest webhook: what comes in now does not wait for the last of it. */
const NEWEST_EVERY = 4;

/** So few are counted anew whoever asks. */
const FEW = 100;
/** How old a count may be for each that is in it, ms, and at most: so a day of asking reads some two million rows. */
const COUNT_AGE_MS = 90;
const MAX_COUNT_AGE_MS = 600_000;

/** What the queue has from outside. */
export interface QueueOptions {
  /** `undefined` for an origin that is not configured, or not well: its webhooks wait. */
  readonly origin: (name: string) => QueuedOrigin | undefined;
  /** Makes one attempt; `undefined` when it could not be made at all. Never rejects. */
  readonly attempt: (job: Job) => Promise<AttemptSettlement | undefined>;
}

/**
 * What is acknowledged and still to be delivered: in the tables, and in memory only what is under way.
 *
 * The index says what is due; a lease, which is the same column, says until when somebody is at it. What
 * was lost with its process is therefore due again when its lease ends, whoever held it.
 */
export class Queue {
  readonly #tables: Tables;
  readonly #table: QueueTable;
  readonly #breakers: Breakers;
  readonly #options: QueueOptions;
  readonly #settle: (settlement: AttemptSettlement) => void;
  /** Origin by delivery, of the attempts that this object makes. */
  readonly #underWay = new Map<string, string>();
  #openable: readonly string[] = [];
  #startsLeft = 0;
  /** Attempts begun at each origin, and when the last one was, in the order of all. */
  readonly #begun = new Map<string, { readonly count: number; readonly last: number }>();
  #begunInAll = 0;
  #counted: { readonly counts: readonly QueuedCount[]; readonly untilMs: number } | undefined;
  #lastLease = 0;

  /** @param settle Writes down how an attempt ended, and goes on. */
  constructor(input: {
    readonly tables: Tables;
    readonly breakers: Breakers;
    readonly options: QueueOptions;
    readonly settle: (settlement: AttemptSettlement) => void;
  }) {
    this.#tables = input.tables;
    this.#table = new QueueTable(input.tables);
    this.#breakers = input.breakers;
    this.#options = input.options;
    this.#settle = input.settle;
  }

  /** Ids of the keys that can be opened; what is sealed with another one waits. */
  get openable(): readonly string[] {
    return this.#openable;
  }

  setOpenable(keyIds: readonly string[]): void {
    this.#openable = keyIds;
  }

  /** Looks at the tables anew: days were dropped, or a transaction was undone. */
  reload(): void {
    this.#table.forgetDays();
  }

  /**
   * Writes a webhook, inside of a transaction. Its first attempt is the asker's own, unless others wait
   * before it or the breaker says no.
   */
  enqueue({ record, leaseMs }: EnqueueRequest, nowMs: number): number | undefined {
    const lease = this.#isFree(record.origin ?? "", nowMs) ? this.#nextLease(nowMs) : undefined;
    const dueAtMs = lease === undefined ? nowMs : nowMs + leaseMs;
    this.#write({ ...record, pending: { dueAtMs, lease } });
    return lease;
  }

  /** The lease that `enqueue()` gave, for a repeated call: none where this object has begun an attempt itself. */
  firstLease({ id, attempts, pending }: DeliveryRecord): number | undefined {
    return this.#underWay.has(id) || attempts.length > 0 ? undefined : pending?.lease;
  }

  /** Leases a delivery for one attempt out of its turn, inside of a transaction. */
  lease({ deliveryId, outcome: expected, leaseMs }: LeaseRequest, nowMs: number): LeaseReply {
    const record = this.#tables.findDelivery(deliveryId);
    if (record === undefined) return { state: "unknown" };
    const { pending, outcome } = record;
    // Something has become of it since it was looked at.
    if (outcome !== expected) return { state: "running" };
    const isUnderWay = pending?.lease !== undefined && pending.dueAtMs > nowMs;
    // What a plan has begun is the plan's to count.
    if (isUnderWay || (pending !== undefined && outcome !== "queued")) return { state: "running" };
    const leased = this.#leased({ ...record, replay: "single" }, leaseMs, nowMs);
    return { state: "leased", lease: leased.pending.lease, record: leased };
  }

  /** Has a delivery sent again when it is its turn, inside of a transaction. */
  sendAgain(record: DeliveryRecord, nowMs: number): void {
    this.#write({ ...record, pending: { dueAtMs: nowMs, lease: undefined } });
  }

  /**
   * Writes how an attempt ended, inside of a transaction.
   * @returns What the delivery is now and was before; `undefined` when somebody newer is at it.
   */
  settle(
    settlement: AttemptSettlement,
    nowMs: number,
  ): { readonly before: DeliveryRecord; readonly after: DeliveryRecord | undefined } | undefined {
    const before = this.#tables.findDelivery(settlement.deliveryId);
    if (before === undefined || !isHeard(before, settlement)) return undefined;
    const after = afterAttempt(before, settlement, nowMs);
    if (after === undefined)
      this.#tables.removeDelivery({ ...before, outcome: "delivered", pending: undefined });
    else this.#write(after);
    return { before, after };
  }

  /** Begins what is due, as far as an alarm may. */
  onAlarm(nowMs: number): void {
    this.#startsLeft = STARTS_PER_ALARM;
    this.begin(nowMs);
  }

  /**
   * Begins what is due, oldest first, as far as connections, breakers and this alarm's share allow. Throws,
   * after all others, when one could not be found: whoever sets the next alarm is not to set it for at once.
   */
  begin(nowMs: number): void {
    let lost: string | undefined;
    while (this.#startsLeft > 0 && this.#underWay.size < MAX_UNDER_WAY) {
      const deliveryId = this.#choose(nowMs);
      if (deliveryId === undefined) break;
      if (!this.#start(deliveryId, nowMs)) lost = deliveryId;
    }
    if (lost !== undefined) throw new Error(`${lost} is due, and is not found by its id.`);
  }

  /** When there is something to do next, epoch ms; not before this alarm's attempts are through where they are many. */
  nextAtMs(nowMs: number): number | undefined {
    const times = this.#table.origins().flatMap((name) => {
      const origin = this.#options.origin(name);
      if (origin === undefined) return [];
      const isFull = this.#countOf(name) >= origin.concurrency;
      // With all connections in use the next one begins when one ends; the ends of leases are for when none does.
      const afterMs = isFull || this.#underWay.size >= MAX_UNDER_WAY ? nowMs : -1;
      const dueAtMs = this.#table.nextDueAtMs(name, afterMs, this.#openable);
      if (dueAtMs === undefined) return [];
      const probeAtMs = origin.hasBreaker ? this.#breakers.opensAtMs(name, nowMs) : undefined;
      return [Math.max(dueAtMs, probeAtMs ?? 0)];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /**
   * What is still to be sent.
   * @param mayBeOld Whether a count of before will do: it reads a row for each.
   */
  counts(nowMs: number, mayBeOld: boolean): readonly QueuedCount[] {
    const known = this.#counted;
    if (mayBeOld && known !== undefined && nowMs < known.untilMs) return known.counts;
    const counts = this.#count(nowMs);
    const all = counts.reduce((sum, { count }) => sum + count, 0);
    const keptMs = all < FEW ? 0 : Math.min(MAX_COUNT_AGE_MS, all * COUNT_AGE_MS);
    this.#counted = { counts, untilMs: nowMs + keptMs };
    return counts;
  }

  #count(nowMs: number): readonly QueuedCount[] {
    return this.#table.counts().map(({ origin, sealedWith, count, firstSeq }) => ({
      origin,
      count,
      oldestAgeMs: Math.max(0, nowMs - receivedAtMsOfSequence(firstSeq)),
      held:
        this.#options.origin(origin) === undefined
          ? "origin_gone"
          : sealedWith === undefined || this.#openable.includes(sealedWith)
            ? undefined
            : "key_gone",
    }));
  }

  #choose(nowMs: number): string | undefined {
    // Of those with as many under way it is the turn of the one that has waited longest.
    const names = this.#table
      .origins()
      .toSorted(
        (one, other) =>
          this.#countOf(one) - this.#countOf(other) ||
          this.#begunOf(one).last - this.#begunOf(other).last,
      );
    for (const name of names) {
      const origin = this.#options.origin(name);
      if (origin === undefined || this.#countOf(name) >= origin.concurrency) continue;
      const order = (this.#begunOf(name).count + 1) % NEWEST_EVERY === 0 ? "newest" : "oldest";
      const deliveryId = this.#table.due(name, nowMs, this.#openable, order);
      if (deliveryId === undefined) continue;
      if (origin.hasBreaker && this.#breakers.ask(name, nowMs) === "open") continue;
      this.#begun.set(name, { count: this.#begunOf(name).count + 1, last: ++this.#begunInAll });
      return deliveryId;
    }
    return undefined;
  }

  /** @returns Whether there is such a delivery; a start is used up either way. */
  #start(deliveryId: string, nowMs: number): boolean {
    this.#startsLeft--;
    const record = this.#tables.findDelivery(deliveryId);
    const name = record?.origin ?? "";
    const origin = this.#options.origin(name);
    if (record === undefined || origin === undefined) return false;
    const leased = this.#leased(record, origin.leaseMs, nowMs);
    this.#underWay.set(deliveryId, name);
    const job = { record: leased, lease: leased.pending.lease, number: nextNumber(leased) };
    void this.#options.attempt(job).then((settlement) => {
      this.#underWay.delete(deliveryId);
      // Without an end it is due again when its lease is over.
      if (settlement !== undefined) this.#settle(settlement);
    });
    return true;
  }

  #leased(
    record: DeliveryRecord,
    leaseMs: number,
    nowMs: number,
  ): DeliveryRecord & {
    readonly pending: { readonly dueAtMs: number; readonly lease: number };
  } {
    const pending = { dueAtMs: nowMs + leaseMs, lease: this.#nextLease(nowMs) };
    const leased = { ...withLostAttempt(record, leaseMs), pending };
    this.#write(leased);
    return leased;
  }

  #write(record: DeliveryRecord): void {
    this.#tables.writeDelivery(record);
    if (record.pending !== undefined) this.#table.note(record.id);
  }

  /** Whether a new webhook of an origin may go at once: nobody waits before it, and the origin is there. */
  #isFree(name: string, nowMs: number): boolean {
    const origin = this.#options.origin(name);
    if (origin === undefined) return false;
    if (this.#table.due(name, nowMs, this.#openable, "oldest") !== undefined) return false;
    return !origin.hasBreaker || this.#breakers.ask(name, nowMs) !== "open";
  }

  /** Larger than every lease given before, also by the object that held this storage before. */
  #nextLease(nowMs: number): number {
    this.#lastLease = Math.max(this.#lastLease + 1, nowMs);
    return this.#lastLease;
  }

  #begunOf(name: string): { readonly count: number; readonly last: number } {
    return this.#begun.get(name) ?? { count: 0, last: 0 };
  }

  #countOf(name: string): number {
    let count = 0;
    for (const origin of this.#underWay.values()) if (origin === name) count++;
    return count;
  }
}
