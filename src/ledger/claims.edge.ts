import type { Breakers } from "../forward/breakers.ts";
import { acceptsSettle, decideClaim, type Claim } from "./claim-rules.ts";
import { ClaimTable } from "./claim-table.edge.ts";
import { claimedDelivery } from "./claimed-delivery.ts";
import type {
  BreakerState,
  ClaimReply,
  ClaimRequest,
  EnqueueRequest,
  WebhookSettlement,
  WaitReply,
  WaitRequest,
} from "./protocol.ts";
import type { AnswerStored } from "../claim/stored-answer.ts";
import type { Day } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type { Tables } from "./tables.edge.ts";

/**
 * A claim is on disk at most so long after it was given, ms. Most webhooks are settled by then, and cost no row for
 * it; what is lost with the process sooner may be forwarded once more.
 */
const FLUSH_MS = 250;
/** Claims that are held are looked at so often until then. */
const LOOKS = 4;
/** Larger answers do not travel with every claim's reply, bytes. */
const SMALL_ANSWER_BYTES = 64 * 1024;
/** How long the end of a released claim is remembered, for those on their way to wait for it, ms. */
const RECENT_MS = 5_000;
const MAX_RECENT = 500;
/** How long after its lease a claim is written off as interrupted, ms: its settle may be on its way. */
const LATE_SETTLE_MS = 5_000;

/** A granted claim, and what its holder was told of the breaker: a repeated call is told the same. */
type RunningClaim = { readonly claim: Claim; readonly breaker: BreakerState };

/** A claim that was released, with the answer for those who wait. */
type RecentEnd = { readonly claim: Claim; readonly untilMs: number };

/**
 * Who is first with a webhook, in memory and behind it in the tables.
 *
 * Claims are given from memory, after one look into today's and yesterday's table, and written behind
 * it together; a webhook that settles sooner costs one row less. Lost memory is refilled from the tables.
 */
export class Claims {
  readonly #tables: Tables;
  readonly #table: ClaimTable;
  readonly #breakers: Breakers;
  readonly #transact: (nowMs: number, work: () => void) => void;
  readonly #running = new Map<string, RunningClaim>();
  /** By key: how often each was looked at. */
  readonly #unwritten = new Map<string, number>();
  readonly #recentEnds = new Map<string, RecentEnd>();
  readonly #waiters = new Map<string, Set<() => void>>();
  #lastFence = 0;
  #isLookDue = false;
  #isLoaded = false;

  /** @param transact Does work all or nothing, with the day's tables in place. */
  constructor(
    tables: Tables,
    breakers: Breakers,
    transact: (nowMs: number, work: () => void) => void,
  ) {
    this.#tables = tables;
    this.#table = new ClaimTable(tables);
    this.#breakers = breakers;
    this.#transact = transact;
  }

  /** Gives claims, each in its turn, or says who has them. */
  claim(requests: readonly ClaimRequest[]): readonly ClaimReply[] {
    const nowMs = Date.now();
    const unknown = requests.filter(({ claimKey }) => !this.#running.has(claimKey));
    const written = this.#table.readAll(
      unknown.map(({ claimKey }) => claimKey),
      nowMs,
    );
    return requests.map((request) => this.#claimOne(request, written.get(request.claimKey), nowMs));
  }

  #claimOne(request: ClaimRequest, written: Claim | undefined, nowMs: number): ClaimReply {
    const running = this.#running.get(request.claimKey);
    // A repeated call, whose first reply was lost on the way.
    if (running?.claim.deliveryId === request.deliveryId) return granted(running, false);
    const known = running?.claim ?? written;
    const decided = decideClaim(known, nowMs);
    switch (decided.verdict) {
      case "running":
        return { state: "running", fence: known?.fence ?? 0 };
      case "done":
        if (decided.answer.body.byteLength > SMALL_ANSWER_BYTES)
          return { state: "done_large", fence: known?.fence ?? 0 };
        return { state: "done", deliveryId: known?.deliveryId ?? "", answer: decided.answer };
      case "grant":
        return granted(this.#grant(request, request.leaseMs, known, nowMs), decided.takenOver);
    }
  }

  /** Waits until the holder ends, its lease ends, or the time is up. */
  async wait(request: WaitRequest): Promise<WaitReply> {
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
      if (decided.verdict === "done") {
        return { state: "done", deliveryId: known?.deliveryId ?? "", answer: decided.answer };
      }
      if (decided.verdict === "grant") {
        if (untilMs - nowMs < request.attemptFloorMs) return { state: "timed_out" };
        const leaseMs = request.leaseMs - (nowMs - startedAtMs);
        return { ...granted(this.#grant(request, leaseMs, known, nowMs), true), takenOver: true };
      }
      if (nowMs >= untilMs) return { state: "timed_out" };
      await this.#change(request.claimKey, Math.min(untilMs, known?.endsAtMs ?? untilMs) - nowMs);
    }
  }

  /**
   * Says how a webhook's claim ended, for `writeEnded()`.
   * @param ended What is to be written along with it, by key.
   * @returns The claim that ended, if the settle counts.
   */
  settled(
    { claim: settled, deliveryId, counted }: WebhookSettlement,
    ended: ReadonlyMap<string, Claim>,
    nowMs: number,
  ): Claim | undefined {
    if (settled === undefined) return undefined;
    const { claimKey } = settled;
    const known =
      this.#running.get(claimKey)?.claim ??
      ended.get(claimKey) ??
      this.#table.read(claimKey, nowMs);
    if (!acceptsSettle(known, { fence: settled.fence, deliveryId }, nowMs)) return undefined;
    return {
      key: claimKey,
      fence: settled.fence ?? known?.fence ?? nowMs,
      deliveryId,
      origin: counted.origin,
      isListed: known?.isListed ?? false,
      startedAtMs: known?.startedAtMs ?? nowMs,
      endsAtMs: nowMs + (settled.ttlSeconds ?? 0) * 1_000,
      state: settled.ttlSeconds === undefined ? "released" : "done",
      answer: settled.answer,
    };
  }

  /** Writes claims that ended, no two of one key. Inside of a transaction: nothing in memory changes until `ended()` is told. */
  writeEnded(claims: readonly Claim[], nowMs: number): void {
    const rows = claims
      .filter((claim) => !this.#isTraceless(claim, nowMs))
      .map((claim) => (claim.state === "done" ? claim : { ...claim, answer: undefined }));
    this.#table.write(rows, nowMs);
  }

  /** A claim that was given and released before it was ever written leaves no trace. */
  #isTraceless({ key, state }: Claim, nowMs: number): boolean {
    if (state !== "released") return false;
    return this.#unwritten.has(key) || this.#known(key, nowMs) === undefined;
  }

  /** The answer that is kept under a key, if any. */
  done(key: string, nowMs: number): AnswerStored | undefined {
    const known = this.#known(key, nowMs);
    const decided = decideClaim(known, nowMs);
    return decided.verdict === "done"
      ? { deliveryId: known?.deliveryId ?? "", answer: decided.answer }
      : undefined;
  }

  /**
   * Writes the claim of a webhook that is acknowledged, inside of a transaction: its duplicates are given
   * the same. One that holds the key in respond mode keeps it: the origin's mode has just been changed.
   */
  keep(
    { id, origin = "" }: DeliveryRecord,
    { claimKey, ttlSeconds, answer }: NonNullable<EnqueueRequest["claim"]>,
    nowMs: number,
  ): void {
    if (this.#running.has(claimKey)) return;
    const claim: Claim = {
      key: claimKey,
      fence: nowMs,
      deliveryId: id,
      origin,
      isListed: false,
      startedAtMs: nowMs,
      endsAtMs: nowMs + ttlSeconds * 1_000,
      state: "done",
      answer,
    };
    this.#table.write([claim], nowMs);
  }

  /** Tells those who wait, and forgets: what has ended is on disk. */
  ended(claim: Claim, nowMs: number): void {
    this.#forget(claim.key);
    if (claim.state === "released") this.#remember(claim, nowMs);
    const waiters = this.#waiters.get(claim.key);
    this.#waiters.delete(claim.key);
    for (const wake of waiters ?? []) wake();
  }

  /** What runs now. What was lost is written off first: its lease is over, and a settle would be here by now. */
  running(nowMs: number): readonly Claim[] {
    this.#load(nowMs);
    const claims = [...this.#running.values()].map(({ claim }) => claim);
    const lost = claims.filter((claim) => claim.endsAtMs + LATE_SETTLE_MS < nowMs);
    if (lost.length === 0) return claims;
    this.#transact(nowMs, () => {
      for (const claim of lost) this.writeInterrupted(claim, nowMs);
      this.#table.write(
        lost.map((claim) => ({ ...claim, state: "interrupted" })),
        nowMs,
      );
    });
    for (const { key } of lost) this.#forget(key);
    return claims.filter((claim) => !lost.includes(claim));
  }

  /** How many claims memory holds. */
  get size(): number {
    return this.#running.size;
  }

  /** Tells of what was cut off in a day whose claims are dropped. */
  writeInterruptedOf(day: Day, nowMs: number): void {
    for (const claim of this.#table.runningOf(day)) this.writeInterrupted(claim, nowMs);
  }

  /** Tells of a claim whose holder is gone, unless the holder's own word is there. */
  writeInterrupted(claim: Claim, nowMs: number): void {
    if (!claim.isListed || this.#tables.findDelivery(claim.deliveryId) !== undefined) return;
    this.#tables.writeDelivery(claimedDelivery(claim, nowMs));
  }

  #known(key: string, nowMs: number): Claim | undefined {
    return this.#running.get(key)?.claim ?? this.#table.read(key, nowMs);
  }

  #grant(
    request: ClaimRequest,
    leaseMs: number,
    before: Claim | undefined,
    nowMs: number,
  ): RunningClaim {
    if (before?.state === "running")
      this.#transact(nowMs, () => this.writeInterrupted(before, nowMs));
    // Larger than every fence given before, also by the object that held this storage before.
    this.#lastFence = Math.max(this.#lastFence + 1, nowMs, (before?.fence ?? 0) + 1);
    const claim: Claim = {
      key: request.claimKey,
      fence: this.#lastFence,
      deliveryId: request.deliveryId,
      origin: request.origin,
      isListed: request.isListed,
      startedAtMs: nowMs,
      endsAtMs: nowMs + leaseMs,
      state: "running",
      answer: undefined,
    };
    const running = { claim, breaker: this.#breakers.ask(claim.origin, nowMs) };
    this.#running.set(claim.key, running);
    this.#recentEnds.delete(claim.key);
    this.#unwritten.set(claim.key, 0);
    this.#lookSoon();
    return running;
  }

  /** Has claims written that are held for long: most are settled before, and cost one row then. */
  #lookSoon(): void {
    if (this.#isLookDue || this.#unwritten.size === 0) return;
    this.#isLookDue = true;
    setTimeout(() => {
      this.#isLookDue = false;
      try {
        this.#look(Date.now());
      } finally {
        this.#lookSoon();
      }
    }, FLUSH_MS / LOOKS);
  }

  #look(nowMs: number): void {
    const due: string[] = [];
    for (const [key, looks] of this.#unwritten) {
      this.#unwritten.set(key, looks + 1);
      if (looks + 1 >= LOOKS) due.push(key);
    }
    if (due.length === 0) return;
    // Where they cannot be written they are tried again as those that are given now.
    for (const key of due) this.#unwritten.set(key, 0);
    const held = due.flatMap((key) => this.#running.get(key)?.claim ?? []);
    this.#transact(nowMs, () => this.#table.write(held, nowMs));
    for (const key of due) this.#unwritten.delete(key);
  }

  #forget(key: string): void {
    this.#running.delete(key);
    this.#unwritten.delete(key);
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

  /** Once in an object's life: what ran when it was last in memory. */
  #load(nowMs: number): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const claim of this.#table.running()) {
      const known = this.#known(claim.key, nowMs);
      if (known?.state !== "running" || known.fence !== claim.fence || this.#running.has(claim.key))
        continue;
      this.#running.set(claim.key, { claim, breaker: "closed" });
    }
  }
}

function granted(
  { claim, breaker }: RunningClaim,
  takenOver: boolean,
): Extract<ClaimReply, { state: "first" }> {
  return { state: "first", fence: claim.fence, breaker, takenOver };
}
