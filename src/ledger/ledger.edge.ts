import { DurableObject } from "cloudflare:workers";
import { breakers } from "../forward/breakers.ts";
import type { Claim } from "./claim-rules.ts";
import { claimedDelivery, claimedSummary } from "./claimed-delivery.ts";
import { Claims } from "./claims.edge.ts";
import { Counters } from "./counters.edge.ts";
import { dayOf, nextDayAtMs } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type {
  ClaimReply,
  ClaimRequest,
  LedgerHealth,
  RefusalBatch,
  Settlement,
  WaitReply,
  WaitRequest,
} from "./protocol.ts";
import { byNewest, isMatch, mergePages, type FoundDelivery, type SearchRequest } from "./search.ts";
import { Tables } from "./tables.edge.ts";

/** So long after midnight the day before is closed, ms. */
const DAY_END_MS = 1_000;
/** Past this much of an object's storage only metadata is kept: claims must go on being written. */
const METADATA_ONLY_ABOVE = 0.9;

/** How a ledger is set up. */
export interface LedgerOptions {
  /** Days that deliveries are kept for, ≥ 2. */
  readonly logDays: number;
  /** The most that an object may store, bytes: 10 GB on the platform. */
  readonly maxStorageBytes?: number;
}

/**
 * The ledger: one Durable Object a shard, which alone decides who is first with a webhook, and keeps
 * what happened to each. Every call counts on this object's clock alone, and may be repeated.
 */
export class LedgerObject extends DurableObject {
  readonly #tables: Tables;
  readonly #counters: Counters;
  readonly #claims: Claims;
  readonly #breakers = breakers();
  readonly #logDays: number;
  readonly #maxStorageBytes: number;
  #today = "";
  /** Calls since this object started, for the counters of cost. */
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, options: LedgerOptions) {
    super(ctx, env);
    this.#logDays = options.logDays;
    this.#maxStorageBytes = options.maxStorageBytes ?? 10_000_000_000;
    this.#tables = new Tables(ctx.storage.sql);
    const transact = (nowMs: number, work: () => void): void => this.#transact(nowMs, work);
    this.#counters = new Counters(this.#tables, transact);
    this.#claims = new Claims(this.#tables, this.#breakers, transact);
  }

  /** Gives the claim, or says who has it. Answers at once. */
  claim(request: ClaimRequest): ClaimReply {
    this.#calls++;
    return this.#claims.claim(request);
  }

  /** Waits until the holder ends, its lease ends, or the time is up. */
  wait(request: WaitRequest): Promise<WaitReply> {
    this.#calls++;
    return this.#claims.wait(request);
  }

  /** Writes down what happened to the webhooks of one isolate, and tells those who wait. */
  settle(settlements: readonly Settlement[]): void {
    this.#calls++;
    const nowMs = Date.now();
    try {
      this.#settle(settlements, nowMs);
    } catch (error) {
      // One that cannot be written must not take the others with it, nor its own claim.
      if (settlements.length === 1 && settlements[0]?.record === undefined) throw error;
      for (const settlement of settlements) this.#settleAlone(settlement, nowMs);
    }
  }

  /** Counts refusals, and keeps those that the isolate sent in full. */
  refuse(batch: RefusalBatch): void {
    this.#calls++;
    const nowMs = Date.now();
    this.#transact(nowMs, () => {
      const pinned = new Set<string>();
      for (const { sample, ...count } of batch.counts) {
        if (this.#counters.addWithSample(count, sample, nowMs) && sample !== undefined)
          pinned.add(sample.id);
      }
      for (const record of batch.records) {
        if (!pinned.has(record.id)) this.#counters.keep(record, nowMs);
      }
    });
  }

  /** One delivery, whole; a running one as far as it is known. */
  find(deliveryId: string): DeliveryRecord | undefined {
    this.#calls++;
    const record = this.#tables.findDelivery(deliveryId);
    if (record !== undefined) return record;
    const nowMs = Date.now();
    const claim = this.#listed(nowMs).find((running) => running.deliveryId === deliveryId);
    return claim === undefined
      ? this.#tables.findDelivery(deliveryId)
      : claimedDelivery(claim, nowMs);
  }

  /** One page of the list, newest first. */
  search(request: SearchRequest): readonly FoundDelivery[] {
    this.#calls++;
    const nowMs = Date.now();
    let found: readonly FoundDelivery[] = this.#listed(nowMs)
      .map((claim) => claimedSummary(claim, nowMs))
      .filter((summary) => isMatch(summary, request))
      .toSorted(byNewest)
      .slice(0, request.limit);
    for (const { day, page } of this.#tables.search(request)) {
      found = mergePages([page, found], request.limit);
      const last = found[request.limit - 1];
      if (last !== undefined && dayOf(last.receivedAtMs) >= day) break;
    }
    return found;
  }

  /** How this object is. */
  health(): LedgerHealth {
    this.#calls++;
    return {
      storageBytes: this.#tables.storageBytes,
      maxStorageBytes: this.#maxStorageBytes,
      running: this.#claims.size,
      breakers: this.#breakers.states(),
      today: this.#counters.today(Date.now()),
      sinceStart: { calls: this.#calls, rowsWritten: this.#tables.rowsWritten },
    };
  }

  /** The day's end: drops what is over. Armed again before anything can fail: a fired alarm is used up. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    await this.ctx.storage.setAlarm(nextDayAtMs(nowMs) + DAY_END_MS);
    this.#startDay(nowMs);
  }

  #settle(settlements: readonly Settlement[], nowMs: number): void {
    const ended: Claim[] = [];
    this.#transact(nowMs, () => {
      const isFull = this.#tables.storageBytes > METADATA_ONLY_ABOVE * this.#maxStorageBytes;
      for (const settlement of settlements) {
        const claim = this.#claims.settle(settlement, nowMs);
        if (claim !== undefined) ended.push(claim);
        const { record } = settlement;
        if (record !== undefined)
          this.#tables.writeDelivery(isFull ? withoutBodies(record) : record);
      }
    });
    // What follows is memory: only what is on disk is told.
    for (const { counted, breaker } of settlements) {
      this.#counters.add({ ...counted, reason: "", count: 1 }, nowMs);
      for (const event of breaker?.events ?? [])
        this.#breakers.feed(breaker?.origin ?? "", event, nowMs);
    }
    for (const claim of ended) this.#claims.ended(claim, nowMs);
  }

  #settleAlone(settlement: Settlement, nowMs: number): void {
    try {
      this.#settle([settlement], nowMs);
    } catch {
      this.#settle([{ ...settlement, record: undefined }], nowMs);
    }
  }

  #listed(nowMs: number): readonly Claim[] {
    return this.#claims.running(nowMs).filter(({ isListed }) => isListed);
  }

  /** Does work all or nothing, with the day's tables in place. What memory knows of the tables is read anew when it fails. */
  #transact(nowMs: number, work: () => void): void {
    this.#startDay(nowMs);
    try {
      this.ctx.storage.transactionSync(work);
    } catch (error) {
      this.#tables.reload();
      this.#counters.forgetDay();
      throw error;
    }
  }

  /** Makes the day's tables, and drops those that are over; what was cut off in them is told first. */
  #startDay(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day === this.#today) return;
    try {
      this.ctx.storage.transactionSync(() => {
        this.#tables.ensureDay(day);
        const expired = this.#tables.expired(nowMs, this.#logDays);
        for (const over of expired.claims) {
          for (const claim of this.#tables.runningClaimsOf(over))
            this.#claims.writeInterrupted(claim, nowMs);
          this.#tables.dropClaims(over);
        }
        for (const over of expired.log) this.#tables.dropDay(over);
      });
    } catch (error) {
      this.#tables.reload();
      throw error;
    }
    this.#today = day;
    // Not awaited: the output gate holds back the reply until it is written.
    void this.ctx.storage.setAlarm(nextDayAtMs(nowMs) + DAY_END_MS);
  }
}

function withoutBodies(record: DeliveryRecord): DeliveryRecord {
  return {
    ...record,
    request: { ...record.request, headers: [], body: undefined },
    answer: undefined,
  };
}
