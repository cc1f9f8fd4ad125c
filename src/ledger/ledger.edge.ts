import { wordOf } from "../reports/report.ts";
import { DurableObject } from "cloudflare:workers";
import type { Outgoing } from "../alerts/outbox.ts";
import type { LogKey } from "../config/types.ts";
import { breakers } from "../forward/breakers.ts";
import { AlertRuns, type Evaluate } from "./alert-runs.edge.ts";
import { Audits } from "./audits.edge.ts";
import { Claims } from "./claims.edge.ts";
import { Counters } from "./counters.edge.ts";
import { dayOf, nextDayAtMs } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { erase } from "./erasure.edge.ts";
import type {
  AlertRequest,
  AlertSettlement,
  AttemptSettlement,
  Audit,
  ClaimReply,
  ClaimRequest,
  EnqueueReply,
  EnqueueRequest,
  EraseRequest,
  Erased,
  LeaseReply,
  LeaseRequest,
  LedgerHealth,
  Measured,
  PlanRequest,
  RefusalBatch,
  RunRequest,
  Settlement,
  StatsRequest,
  StatsStep,
  WaitReply,
  WaitRequest,
} from "./protocol.ts";
import { IndexUpkeep } from "./index-upkeep.edge.ts";
import { Listing } from "./listing.edge.ts";
import { withoutBodies } from "./metadata-only.ts";
import { NumberHashes } from "./number-hashes.edge.ts";
import { Queue, type QueueOptions } from "./queue.edge.ts";
import type { ReplayPlan } from "./replay-plan.ts";
import { Replays } from "./replays.edge.ts";
import type { FoundDelivery, SearchRequest } from "./search.ts";
import { Settlements } from "./settlements.edge.ts";
import { Tables } from "./tables.edge.ts";
import { Watchers } from "./watchers.edge.ts";

/** So long after midnight the day before is closed, ms. */
const DAY_END_MS = 1_000;
const DAY_MS = 86_400_000;
/** After an alarm that failed, ms: what is due is not forgotten. */
const ALARM_RETRY_MS = 5_000;
/** Between two steps of upkeep, ms: it takes some of them at the most of the object's time. */
const UPKEEP_EVERY_MS = 100;
/** Past this much of an object's storage only metadata is kept: claims must go on being written. */
const METADATA_ONLY_ABOVE = 0.9;
/** Past this much nothing is queued any more: what is left is for claims. */
const QUEUES_UP_TO = 0.95;

/** How a ledger is set up. */
export interface LedgerOptions {
  /** Days that deliveries are kept for, ≥ 2. */
  readonly logDays: number;
  /** The most that an object may store, bytes: 10 GB on the platform. */
  readonly maxStorageBytes?: number;
  readonly queue: QueueOptions;
  /** What hashes of numbers are made with; a random key of the ledger's own where there is none. */
  readonly logKeys: readonly LogKey[];
  /** Ids of the keys that what is stored can be opened with. Never rejects. */
  readonly openable: () => Promise<readonly string[]>;
  /** Works out what alerts are to be told; absent where nobody is. */
  readonly alert?: Evaluate | undefined;
  /** Told of a delivery after an attempt of the ledger's own; never throws. */
  readonly tell: (record: DeliveryRecord) => void;
  /** Told of what should not happen; never throws. */
  readonly onBug: (error: unknown) => void;
}

/**
 * The ledger: one Durable Object a shard, which alone decides who is first with a webhook, and keeps
 * what happened to each. Every call counts on this object's clock alone, and may be repeated.
 */
export class LedgerObject extends DurableObject {
  readonly #tables: Tables;
  readonly #counters: Counters;
  readonly #claims: Claims;
  readonly #queue: Queue;
  readonly #replays: Replays;
  readonly #numbers: NumberHashes;
  readonly #audits: Audits;
  readonly #alerts: AlertRuns;
  readonly #upkeep: IndexUpkeep;
  readonly #listing: Listing;
  readonly #watchers: Watchers;
  readonly #settlements: Settlements;
  readonly #breakers = breakers();
  readonly #options: LedgerOptions;
  readonly #maxStorageBytes: number;
  #today = "";
  /** Epoch ms; `undefined` while none is set. */
  #alarmAtMs: number | undefined;
  /** Calls since this object started, for the counters of cost. */
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, options: LedgerOptions) {
    super(ctx, env);
    this.#options = options;
    this.#maxStorageBytes = options.maxStorageBytes ?? 10_000_000_000;
    this.#tables = new Tables(ctx.storage.sql);
    const transact = (nowMs: number, work: () => void): void => this.#transact(nowMs, work);
    this.#counters = new Counters(this.#tables, transact);
    this.#claims = new Claims(this.#tables, this.#breakers, transact);
    this.#queue = new Queue({
      tables: this.#tables,
      breakers: this.#breakers,
      options: options.queue,
      settle: (settlement) => this.#settleOwn(settlement),
    });
    this.#replays = new Replays(this.#tables);
    this.#numbers = new NumberHashes(this.#tables, options.logKeys);
    this.#audits = new Audits(this.#tables);
    this.#alerts = new AlertRuns({
      tables: this.#tables,
      counters: this.#counters,
      breakers: this.#breakers,
      queue: this.#queue,
      maxStorageBytes: this.#maxStorageBytes,
      evaluate: options.alert,
      transact,
    });
    this.#upkeep = new IndexUpkeep(this.#tables);
    this.#settlements = new Settlements({
      tables: this.#tables,
      claims: this.#claims,
      queue: this.#queue,
      replays: this.#replays,
      counters: this.#counters,
      numbers: this.#numbers,
      breakers: this.#breakers,
      transact,
      isFull: () => this.#isFullerThan(METADATA_ONLY_ABOVE),
      onBug: options.onBug,
    });
    this.#listing = new Listing(this.#tables, this.#claims, this.#numbers);
    this.#watchers = new Watchers(ctx, this.#tables);
    // Nothing is asked before it is known what is due: an alarm that was lost is set again here.
    void ctx.blockConcurrencyWhile(async () => {
      this.#queue.setOpenable(await options.openable());
      this.#alarmAtMs = (await ctx.storage.getAlarm()) ?? undefined;
      if (this.#tables.days.length > 0) this.#arm(Date.now());
    });
  }

  /** Gives the claim, or says who has it. Answers at once. */
  claim(request: ClaimRequest): ClaimReply {
    this.#calls++;
    return only(this.#claims.claim([request]));
  }

  /** The same for several that came together, in their order. */
  claimAll(requests: readonly ClaimRequest[]): readonly ClaimReply[] {
    this.#calls++;
    return this.#claims.claim(requests);
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
    const attempts = this.#settlements.settleEach(settlements, nowMs);
    if (attempts.length > 0) this.#goOn(nowMs, () => this.#queue.begin(nowMs));
  }

  /**
   * Keeps a webhook to be delivered; the reply does not leave before it is on disk. Throws where there is no
   * room for it: whoever asks has it forwarded at once, as when this object is away.
   */
  enqueue(request: EnqueueRequest): EnqueueReply {
    return only(this.#enqueue([request]));
  }

  /** The same for several that came together, in their order: all of them are kept, or it throws and none is. */
  enqueueAll(requests: readonly EnqueueRequest[]): readonly EnqueueReply[] {
    return this.#enqueue(requests);
  }

  #enqueue(requests: readonly EnqueueRequest[]): readonly EnqueueReply[] {
    this.#calls++;
    const nowMs = Date.now();
    const kept: { readonly request: EnqueueRequest; readonly lease: number | undefined }[] = [];
    // Before there are a day's tables, which are no reason to turn a webhook away.
    const isFull = this.#isFullerThan(QUEUES_UP_TO);
    const replies = this.#transact(nowMs, () =>
      requests.map((request): EnqueueReply => {
        const known = this.#knownOf(request, nowMs);
        if (known !== undefined) return known;
        if (isFull) throw new Error("There is no room to queue a webhook.");
        const lease = this.#keep(request, nowMs);
        kept.push({ request, lease });
        return { state: "queued", lease };
      }),
    );
    for (const { request, lease } of kept) {
      const { origin = "", durationMs: totalMs, keyName, report } = request.record;
      const reason = report === undefined ? (request.record.reason ?? "") : wordOf(report);
      const counted = { origin, outcome: "queued", reason, count: 1, totalMs, keyName };
      this.#counters.add(counted, nowMs);
      // With a lease nothing is due before it ends, and that is known without a look.
      if (lease === undefined) this.#arm(nowMs);
      else this.#armAt(nowMs + request.leaseMs, nowMs);
    }
    return replies;
  }

  /** What is to be said of a webhook that is here already, or that another one's answer is for. */
  #knownOf({ record, claim }: EnqueueRequest, nowMs: number): EnqueueReply | undefined {
    const known = this.#tables.findKept(record.id);
    // A repeated call, whose first reply was lost on the way.
    if (known !== undefined) return { state: "queued", lease: this.#queue.firstLease(known) };
    const done = claim && this.#claims.done(claim.claimKey, nowMs);
    return done && { state: "done", ...done };
  }

  #keep(request: EnqueueRequest, nowMs: number): number | undefined {
    const { record, claim, parties } = request;
    if (claim !== undefined) this.#claims.keep(record, claim, nowMs);
    const numberHashes = this.#numbers.of(parties);
    return this.#queue.enqueue({ ...request, record: { ...record, numberHashes } }, nowMs);
  }

  /** Leases a delivery so that it can be sent again. */
  lease(request: LeaseRequest): LeaseReply {
    this.#calls++;
    const nowMs = Date.now();
    const reply = this.#transact(nowMs, () => this.#queue.lease(request, nowMs));
    if (reply.state === "leased") this.#armAt(nowMs + request.leaseMs, nowMs);
    return reply;
  }

  /** Finds what would be sent again, and sends nothing. The same plan again is the one that there is. */
  plan({ id, filters }: PlanRequest): ReplayPlan {
    this.#calls++;
    const nowMs = Date.now();
    return this.#transact(nowMs, () =>
      this.#replays.plan(id, this.#numbers.filters(filters), nowMs),
    );
  }

  /** Runs a plan, or goes on with one that was cancelled; `undefined` for one that is not known. */
  runPlan({ id, rate }: RunRequest): ReplayPlan | undefined {
    this.#calls++;
    const nowMs = Date.now();
    const plan = this.#transact(nowMs, () => this.#replays.run(id, rate, nowMs));
    this.#arm(nowMs);
    return plan;
  }

  /** Stops a plan; what it has begun is ended. */
  cancelPlan(id: string): ReplayPlan | undefined {
    this.#calls++;
    return this.#transact(Date.now(), () => this.#replays.cancel(id));
  }

  /** How a plan stands. */
  findPlan(id: string): ReplayPlan | undefined {
    this.#calls++;
    return this.#replays.find(id);
  }

  /** Every plan that is still known, newest first. */
  plans(): readonly ReplayPlan[] {
    this.#calls++;
    return this.#replays.all();
  }

  /** Counts refusals, and keeps those that the isolate sent in full. */
  refuse(batch: RefusalBatch): void {
    this.#calls++;
    const nowMs = Date.now();
    this.#transact(nowMs, () => {
      const isFull = this.#isFullerThan(METADATA_ONLY_ABOVE);
      const cut = (record: DeliveryRecord): DeliveryRecord =>
        isFull ? withoutBodies(record) : record;
      const pinned = new Set<string>();
      for (const { sample, ...count } of batch.counts) {
        if (
          this.#counters.addWithSample(count, sample && cut(sample), nowMs) &&
          sample !== undefined
        )
          pinned.add(sample.id);
      }
      for (const record of batch.records) {
        if (!pinned.has(record.id)) this.#counters.keep(cut(record), nowMs);
      }
    });
  }

  /** One delivery, whole; a running one as far as it is known. */
  find(deliveryId: string): DeliveryRecord | undefined {
    this.#calls++;
    return this.#listing.find(deliveryId, Date.now());
  }

  /** Some deliveries, whole. */
  records(deliveryIds: readonly string[]): readonly DeliveryRecord[] {
    this.#calls++;
    return this.#listing.records(deliveryIds);
  }

  /** One page of the list, newest first. */
  search(request: SearchRequest): readonly FoundDelivery[] {
    this.#calls++;
    return this.#listing.search(request, Date.now());
  }

  /** Opens a watch of the deliveries as they are written; nobody but the Worker gets here. */
  override async fetch(): Promise<Response> {
    this.#calls++;
    return this.#watchers.accept();
  }

  override webSocketMessage(socket: WebSocket, message: string): void {
    try {
      this.#watchers.answer(socket, JSON.parse(message), Date.now());
    } catch (error) {
      this.#options.onBug(error);
      socket.close(1011);
    }
  }

  /** The watcher's end of it is closed: so is ours. */
  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** What was counted in a span, in the order of time. */
  stats(request: StatsRequest): readonly StatsStep[] {
    this.#calls++;
    return this.#counters.between(request);
  }

  /** Takes deliveries and their kept answers out of the log. What runs or is to be sent stays, and is counted. */
  erase({ wanted, limit }: EraseRequest): Erased {
    this.#calls++;
    const nowMs = Date.now();
    const hashed = wanted.map((filters) => this.#numbers.filters(filters));
    const running = this.#listing.running(hashed, nowMs);
    const erased = this.#transact(nowMs, () => erase(this.#tables, hashed, limit));
    return { ...erased, underWay: erased.underWay + running };
  }

  /** Writes down what an administrator is about to do; the reply does not leave before it is on disk. */
  audit(entry: Audit): void {
    this.#calls++;
    this.#transact(Date.now(), () => this.#audits.write(entry));
  }

  /** What administrators did, newest first. */
  audits(limit: number): readonly Audit[] {
    this.#calls++;
    return this.#audits.newest(limit);
  }

  /** What alerts are told by. */
  measure(windowMs: number): Measured {
    this.#calls++;
    return this.#alerts.measure(windowMs, Date.now());
  }

  /** Works out what is to be told. What it gives to be sent does not leave before that is on disk: nothing is told twice. */
  alert(request: AlertRequest): readonly Outgoing[] {
    this.#calls++;
    try {
      return this.#alerts.run(request, Date.now());
    } catch (error) {
      // Whoever asked takes it for an outage, and says no more than that.
      this.#options.onBug(error);
      throw error;
    }
  }

  /** Takes note of what was sent. */
  settleAlerts(settlement: AlertSettlement): void {
    this.#calls++;
    this.#alerts.settle(settlement, Date.now());
  }

  /** How this object is; what is queued as it was a while ago, where that will do. */
  health(mayBeOld = false): LedgerHealth {
    this.#calls++;
    return {
      storageBytes: this.#tables.storageBytes,
      maxStorageBytes: this.#maxStorageBytes,
      running: this.#claims.size,
      breakers: this.#breakers.states(Date.now()),
      today: this.#counters.today(Date.now()),
      queue: this.#queue.counts(Date.now(), mayBeOld),
      sinceStart: {
        ...this.#counters.sinceStart,
        calls: this.#calls,
        rowsWritten: this.#tables.rowsWritten,
      },
    };
  }

  /**
   * Begins what is due, without waiting for it, and ends a day. A fired alarm is used up, and one that
   * fails too often is dropped: whatever happens, it is set again.
   */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    this.#alarmAtMs = undefined;
    this.#goOn(nowMs, () => this.#queue.onAlarm(nowMs));
    this.#keepUp(nowMs);
  }

  /** Merges what a day that is over was indexed in, a step an alarm. */
  #keepUp(nowMs: number): void {
    if (!this.#upkeep.isDue) return;
    try {
      this.#transact(nowMs, () => this.#upkeep.step());
      if (this.#upkeep.isDue) this.#armAt(nowMs + UPKEEP_EVERY_MS, nowMs);
    } catch (error) {
      // Begun again when the object starts, or the next day does: searches take longer until then, no more.
      this.#options.onBug(error);
    }
  }

  /** Begins what is due, and sets the alarm for what is next. Never throws: what failed is tried again. */
  #goOn(nowMs: number, begin: () => void): void {
    try {
      const isFed = this.#feed(nowMs);
      begin();
      if (isFed) this.#arm(nowMs);
      else this.#armAt(nowMs + ALARM_RETRY_MS, nowMs);
    } catch (error) {
      this.#options.onBug(error);
      this.#armAt(nowMs + ALARM_RETRY_MS, nowMs);
    }
  }

  /**
   * Lets plans begin what is theirs. What is queued does not wait for a plan that cannot.
   * @returns Whether they could.
   */
  #feed(nowMs: number): boolean {
    try {
      this.#transact(nowMs, () =>
        this.#replays.feed(nowMs, {
          openable: this.#queue.openable,
          isThere: (origin) => this.#options.queue.origin(origin) !== undefined,
          sendAgain: (record) => this.#queue.sendAgain(record, nowMs),
        }),
      );
      return true;
    } catch (error) {
      this.#options.onBug(error);
      return false;
    }
  }

  /** Writes how an attempt of this object's own ended, and goes on with the next one. */
  #settleOwn(settlement: AttemptSettlement): void {
    const nowMs = Date.now();
    try {
      const attempts = this.#settlements.settle([settlement], nowMs);
      if (attempts.length > 0) this.#goOn(nowMs, () => this.#queue.begin(nowMs));
      for (const { before, after } of attempts)
        this.#options.tell(after ?? { ...before, outcome: "delivered" });
    } catch (error) {
      // It is due again when its lease is over, and the alarm is set for that.
      this.#options.onBug(error);
    }
  }

  #isFullerThan(part: number): boolean {
    return this.#tables.storageBytes > part * this.#maxStorageBytes;
  }

  /** Does work all or nothing, with the day's tables in place. What memory knows of the tables is read anew when it fails. */
  #transact<T>(nowMs: number, work: () => T): T {
    this.#startDay(nowMs);
    try {
      const done = this.ctx.storage.transactionSync(work);
      this.#watchers.tell(nowMs);
      return done;
    } catch (error) {
      this.#watchers.forget();
      this.#tables.reload();
      this.#counters.forgetDay();
      this.#numbers.forget();
      this.#queue.reload();
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
        const expired = this.#tables.expired(nowMs, this.#options.logDays);
        for (const over of expired.claims) {
          this.#claims.writeInterruptedOf(over, nowMs);
          this.#tables.dropClaims(over);
        }
        for (const over of expired.log) this.#tables.dropDay(over);
        this.#queue.reload();
        this.#replays.dropOld(nowMs);
        this.#audits.dropBefore(nowMs - this.#options.logDays * DAY_MS);
      });
    } catch (error) {
      this.#tables.reload();
      throw error;
    }
    this.#today = day;
    this.#arm(nowMs);
    this.#upkeep.startDay(day);
    if (this.#upkeep.isDue) this.#armAt(nowMs + UPKEEP_EVERY_MS, nowMs);
  }

  /** Sets the alarm for what is next: something due, the end of a lease, the day's end. */
  #arm(nowMs: number): void {
    const times = [this.#queue.nextAtMs(nowMs), this.#replays.nextAtMs()];
    this.#armAt(Math.min(...times.map((atMs) => atMs ?? Number.POSITIVE_INFINITY)), nowMs);
  }

  /** The same, where it is known. An alarm that comes too early costs less than one that is set anew. */
  #armAt(atMs: number, nowMs: number): void {
    // Never for this very instant: such an alarm has been seen to come much too late (workerd#6866).
    const nextAtMs = Math.max(nowMs + 1, Math.min(atMs, nextDayAtMs(nowMs) + DAY_END_MS));
    if (this.#alarmAtMs !== undefined && this.#alarmAtMs <= nextAtMs) return;
    this.#alarmAtMs = nextAtMs;
    this.#tables.rowsWritten++;
    // Not awaited: the output gate holds back the reply until it is written.
    void this.ctx.storage.setAlarm(nextAtMs);
  }
}

/** The reply to the one request that was made. */
function only<T>([reply]: readonly T[]): T {
  if (reply === undefined) throw new Error("There was one request and no reply.");
  return reply;
}
