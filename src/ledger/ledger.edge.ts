import { DurableObject } from "cloudflare:workers";
import { askBreaker, closedBreaker, feedBreaker, type Breaker } from "../forward/breaker.ts";
import { acceptsSettle, decideClaim, type Claim } from "./claim-rules.ts";
import { Counters } from "./counters.edge.ts";
import { dayOf, nextDayAtMs } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { claimedDelivery, claimedSummary } from "./claimed-delivery.ts";
import type {
  BreakerState,
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

/** A respond-mode claim is on disk at most so long after it was given, ms. */
const CLAIM_FLUSH_MS = 15;
/** Larger answers do not travel with every claim's reply, bytes. */
const SMALL_ANSWER_BYTES = 64 * 1024;
/** How long the end of a released claim is remembered, for those on their way to wait for it, ms. */
const RECENT_MS = 5_000;
const MAX_RECENT = 500;
/** So long after midnight the day before is closed, ms. */
const DAY_END_MS = 1_000;
/** How long after its lease a claim is written off as interrupted, ms: its settle may be on its way. */
const LATE_SETTLE_MS = 5_000;

/** What a released claim ended with. */
type RecentEnd = { readonly claim: Claim; readonly untilMs: number };

/**
 * The ledger: one Durable Object a shard, which alone decides who is first with a webhook, and keeps
 * what happened to each.
 *
 * Claims are given from memory, after one look into today's and yesterday's table, and written behind
 * them together (`CLAIM_FLUSH_MS`); a webhook that settles sooner costs one row less. Settles are
 * written in one transaction a call, before the call returns.
 *
 * Only this object's clock counts: calls carry durations.
 */
export class LedgerObject extends DurableObject {
  readonly #tables: Tables;
  readonly #counters: Counters;
  readonly #logDays: number;
  /** Claims that run, by key. A lost memory is refilled from the tables. */
  readonly #running = new Map<string, Claim>();
  readonly #unwritten = new Set<string>();
  readonly #recentEnds = new Map<string, RecentEnd>();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #breakers = new Map<string, Breaker>();
  #lastFence = 0;
  #isFlushDue = false;
  #isRunningLoaded = false;
  #today = "";
  /** Calls since this object started, for the counters of cost. */
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, options: { readonly logDays: number }) {
    super(ctx, env);
    this.#logDays = options.logDays;
    this.#tables = new Tables(ctx.storage.sql);
    this.#counters = new Counters(this.#tables, (work) => ctx.storage.transactionSync(work));
  }

  /** Gives the claim, or says who has it. Answers at once. */
  claim(request: ClaimRequest): ClaimReply {
    this.#calls++;
    const nowMs = Date.now();
    const known = this.#known(request.claimKey, nowMs);
    // A repeated call whose first reply was lost on the way.
    if (known?.state === "running" && known.deliveryId === request.deliveryId)
      return this.#granted(known, false, nowMs);
    const decided = decideClaim(known, nowMs);
    switch (decided.verdict) {
      case "running":
        return { state: "running", fence: known?.fence ?? 0 };
      case "done":
        if (decided.answer.body.byteLength > SMALL_ANSWER_BYTES)
          return { state: "done_large", fence: known?.fence ?? 0 };
        return { state: "done", deliveryId: known?.deliveryId ?? "", answer: decided.answer };
      case "grant":
        return this.#grant(request, request.leaseMs, known, decided.takenOver, nowMs);
    }
  }

  /** Waits until the holder ends, its lease ends, or the time is up. */
  async wait(request: WaitRequest): Promise<WaitReply> {
    this.#calls++;
    const startedAtMs = Date.now();
    const untilMs = startedAtMs + request.waitMs;
    for (;;) {
      const nowMs = Date.now();
      const recent = this.#recentEnds.get(request.claimKey);
      if (
        recent !== undefined &&
        recent.claim.fence >= request.fence &&
        recent.claim.answer !== undefined
      ) {
        return { state: "done", deliveryId: recent.claim.deliveryId, answer: recent.claim.answer };
      }
      const known = this.#known(request.claimKey, nowMs);
      const decided = decideClaim(known, nowMs);
      if (decided.verdict === "done")
        return { state: "done", deliveryId: known?.deliveryId ?? "", answer: decided.answer };
      if (decided.verdict === "grant") {
        if (untilMs - nowMs < request.attemptFloorMs) return { state: "timed_out" };
        const granted = this.#grant(
          request,
          request.leaseMs - (nowMs - startedAtMs),
          known,
          true,
          nowMs,
        );
        return { ...granted, takenOver: true };
      }
      if (nowMs >= untilMs) return { state: "timed_out" };
      await this.#change(request.claimKey, Math.min(untilMs, known?.endsAtMs ?? untilMs) - nowMs);
    }
  }

  /** Writes down what happened to the webhooks of one isolate, all or nothing, and tells those who wait. */
  settle(settlements: readonly Settlement[]): void {
    this.#calls++;
    const nowMs = Date.now();
    const ended: Claim[] = [];
    this.ctx.storage.transactionSync(() => {
      this.#startDay(nowMs);
      this.#writeClaims(nowMs, new Set(settlements.map(({ claim }) => claim?.claimKey)));
      for (const settlement of settlements) {
        const claim = this.#settleClaim(settlement, nowMs);
        if (claim !== undefined) ended.push(claim);
        if (settlement.record !== undefined) this.#tables.writeDelivery(settlement.record);
      }
    });
    // What follows is memory, and only what is on disk may be told.
    for (const { counted, breaker } of settlements) {
      this.#counters.add({ ...counted, reason: "", count: 1 }, nowMs);
      for (const event of breaker?.events ?? []) {
        const origin = breaker?.origin ?? "";
        this.#breakers.set(
          origin,
          feedBreaker(this.#breakers.get(origin) ?? closedBreaker, event, nowMs),
        );
      }
    }
    for (const claim of ended) this.#end(claim, nowMs);
  }

  /** Counts refusals, and keeps those that the isolate sent in full. */
  refuse(batch: RefusalBatch): void {
    this.#calls++;
    const nowMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.#startDay(nowMs);
      for (const { sample, ...count } of batch.counts)
        this.#counters.addWithSample(count, sample, nowMs);
      for (const record of batch.records) this.#counters.keep(record, nowMs);
    });
  }

  /** One delivery, whole; a running one as far as it is known. */
  find(deliveryId: string): DeliveryRecord | undefined {
    this.#calls++;
    const record = this.#tables.findDelivery(deliveryId);
    if (record !== undefined) return record;
    this.#loadRunning();
    const claim = [...this.#running.values()].find((running) => running.deliveryId === deliveryId);
    return claim === undefined ? undefined : claimedDelivery(claim, Date.now());
  }

  /** One page of the list, newest first. */
  search(request: SearchRequest): readonly FoundDelivery[] {
    this.#calls++;
    this.#loadRunning();
    const nowMs = Date.now();
    const running = [...this.#running.values()]
      .map((claim) => claimedSummary(claim, nowMs))
      .filter((found) => isMatch(found, request))
      .toSorted(byNewest)
      .slice(0, request.limit);
    let found: readonly FoundDelivery[] = running;
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
    const nowMs = Date.now();
    return {
      storageBytes: this.#tables.storageBytes,
      running: this.#running.size,
      breakers: [...this.#breakers].map(([origin, breaker]) => ({ origin, state: breaker.state })),
      today: this.#counters.today(nowMs),
      sinceStart: { calls: this.#calls, rowsWritten: this.#tables.rowsWritten },
    };
  }

  /** The day's end: drops what is over. Armed again before anything can fail: a fired alarm is used up. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    await this.ctx.storage.setAlarm(nextDayAtMs(nowMs) + DAY_END_MS);
    this.ctx.storage.transactionSync(() => this.#startDay(nowMs));
  }

  #known(key: string, nowMs: number): Claim | undefined {
    return this.#running.get(key) ?? this.#tables.readClaim(key, nowMs);
  }

  #grant(
    request: ClaimRequest,
    leaseMs: number,
    before: Claim | undefined,
    takenOver: boolean,
    nowMs: number,
  ): Extract<ClaimReply, { state: "first" }> {
    if (before?.state === "running") this.#tables.writeDelivery(claimedDelivery(before, nowMs));
    // Larger than every fence given before, also by the object that held this storage before.
    this.#lastFence = Math.max(this.#lastFence + 1, nowMs, (before?.fence ?? 0) + 1);
    const claim: Claim = {
      key: request.claimKey,
      fence: this.#lastFence,
      deliveryId: request.deliveryId,
      origin: request.origin,
      startedAtMs: nowMs,
      endsAtMs: nowMs + leaseMs,
      state: "running",
      answer: undefined,
    };
    this.#running.set(claim.key, claim);
    this.#recentEnds.delete(claim.key);
    this.#unwritten.add(claim.key);
    this.#flushSoon();
    return this.#granted(claim, takenOver, nowMs);
  }

  #granted(
    claim: Claim,
    takenOver: boolean,
    nowMs: number,
  ): Extract<ClaimReply, { state: "first" }> {
    return {
      state: "first",
      fence: claim.fence,
      breaker: this.#askBreaker(claim.origin, nowMs),
      takenOver,
    };
  }

  #askBreaker(origin: string, nowMs: number): BreakerState {
    const asked = askBreaker(this.#breakers.get(origin) ?? closedBreaker, nowMs);
    if (asked.breaker !== closedBreaker) this.#breakers.set(origin, asked.breaker);
    return asked.told;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setTimeout(() => {
      this.#isFlushDue = false;
      const nowMs = Date.now();
      this.ctx.storage.transactionSync(() => {
        this.#startDay(nowMs);
        this.#writeClaims(nowMs, new Set());
      });
    }, CLAIM_FLUSH_MS);
  }

  /** Writes the claims given since the last time, but not those that are being settled in the same breath. */
  #writeClaims(nowMs: number, settling: ReadonlySet<string | undefined>): void {
    for (const key of this.#unwritten) {
      if (settling.has(key)) continue;
      const claim = this.#running.get(key);
      if (claim !== undefined) this.#tables.writeClaim(claim, nowMs);
      this.#unwritten.delete(key);
    }
  }

  /** @returns The claim that ended, if the settle counts. */
  #settleClaim(
    { claim: settled, deliveryId, counted }: Settlement,
    nowMs: number,
  ): Claim | undefined {
    if (settled === undefined) return undefined;
    const known = this.#known(settled.claimKey, nowMs);
    if (!acceptsSettle(known, { fence: settled.fence, deliveryId }, nowMs)) return undefined;
    const claim: Claim = {
      key: settled.claimKey,
      fence: settled.fence ?? known?.fence ?? nowMs,
      deliveryId,
      origin: counted.origin,
      startedAtMs: known?.startedAtMs ?? nowMs,
      endsAtMs: nowMs + (settled.ttlSeconds ?? 0) * 1_000,
      state: settled.ttlSeconds === undefined ? "released" : "done",
      answer: settled.answer,
    };
    // A claim that was given and released before it was ever written leaves no trace.
    const isTraceless =
      claim.state === "released" && (known === undefined || this.#unwritten.has(claim.key));
    if (!isTraceless)
      this.#tables.writeClaim(
        claim.state === "done" ? claim : { ...claim, answer: undefined },
        nowMs,
      );
    return claim;
  }

  #end(claim: Claim, nowMs: number): void {
    this.#running.delete(claim.key);
    this.#unwritten.delete(claim.key);
    if (claim.state === "released") this.#remember(claim, nowMs);
    const waiters = this.#waiters.get(claim.key);
    this.#waiters.delete(claim.key);
    for (const wake of waiters ?? []) wake();
  }

  #remember(claim: Claim, nowMs: number): void {
    for (const [key, { untilMs }] of this.#recentEnds) {
      if (untilMs > nowMs && this.#recentEnds.size < MAX_RECENT) break;
      this.#recentEnds.delete(key);
    }
    this.#recentEnds.set(claim.key, { claim, untilMs: nowMs + RECENT_MS });
  }

  /** Resolves when something happened to a claim, or after `delayMs`. */
  #change(key: string, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters);
      const timer = setTimeout(wake, delayMs);
      waiters.add(wake);
      function wake(): void {
        clearTimeout(timer);
        waiters.delete(wake);
        resolve();
      }
    });
  }

  #loadRunning(): void {
    const nowMs = Date.now();
    if (!this.#isRunningLoaded) {
      this.#isRunningLoaded = true;
      for (const claim of this.#tables.runningClaims()) {
        const known = this.#known(claim.key, nowMs);
        if (known?.state === "running" && known.fence === claim.fence)
          this.#running.set(claim.key, known);
      }
    }
    const lost = [...this.#running.values()].filter(
      (claim) => claim.endsAtMs + LATE_SETTLE_MS < nowMs,
    );
    if (lost.length === 0) return;
    this.ctx.storage.transactionSync(() => {
      for (const claim of lost) {
        this.#tables.writeDelivery(claimedDelivery(claim, nowMs));
        this.#tables.writeClaim({ ...claim, state: "interrupted" }, nowMs);
      }
    });
    for (const { key } of lost) {
      this.#running.delete(key);
      this.#unwritten.delete(key);
    }
  }

  /** Makes the day's tables, and drops those that are over; what was cut off in them is told first. */
  #startDay(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day === this.#today) return;
    this.#today = day;
    this.#tables.ensureDay(day);
    const expired = this.#tables.expired(nowMs, this.#logDays);
    for (const over of expired.claims) {
      for (const claim of this.#tables.runningClaimsOf(over))
        this.#tables.writeDelivery(claimedDelivery(claim, nowMs));
      this.#tables.dropClaims(over);
    }
    for (const over of expired.log) this.#tables.dropDay(over);
    // Not awaited: the output gate holds back the reply until it is written.
    void this.ctx.storage.setAlarm(nextDayAtMs(nowMs) + DAY_END_MS);
  }
}
