import type { ShownExplanation } from "../explain/shown.ts";
import type { Outgoing, SendResult } from "../alerts/outbox.ts";
import type { Answer } from "../check/answer-types.ts";
import type { Attempt } from "../forward/origin.ts";
import type { DeadReason } from "../queue/schedule.ts";
import type { Sealed } from "../shared/seal.ts";
import type { DeliveryOutcome, DeliveryRecord, RecordedRequest } from "./delivery.ts";
import type { ReplayPlan } from "./replay-plan.ts";
import type { FoundDelivery, SearchFilters, SearchRequest } from "./search.ts";
import type { Counted, Tally } from "./tally.ts";

/**
 * What Worker and ledger say to each other. Worker and object of two releases overlap in a deploy,
 * so fields are added, never renamed. Calls carry durations, never instants: only the ledger's clock counts.
 */

/** Asks to be first with a webhook. */
export interface ClaimRequest {
  readonly claimKey: string;
  readonly deliveryId: string;
  /** Name of the origin, for the breaker and the log. */
  readonly origin: string;
  /** Whether the log may list it while it runs, and as interrupted. */
  readonly isListed: boolean;
  /** How long the claim is held without a settle, ms: what is left of the budget, and 2 s. */
  readonly leaseMs: number;
}

/** What the breaker of an origin says; `probe` is told to one webhook at a time. */
export type BreakerState = "closed" | "open" | "probe";

/** The answer to a claim, given at once. */
export type ClaimReply =
  | {
      readonly state: "first";
      readonly fence: number;
      readonly breaker: BreakerState;
      readonly takenOver: boolean;
    }
  | { readonly state: "running"; readonly fence: number }
  | { readonly state: "done"; readonly deliveryId: string; readonly answer: Answer }
  /** Done, with an answer too large to travel with every claim: `wait` brings it. */
  | { readonly state: "done_large"; readonly fence: number };

/** Waits for the holder of a claim. */
export interface WaitRequest extends ClaimRequest {
  /** Of the holder, from the `running` reply. */
  readonly fence: number;
  /** How long at most, ms. */
  readonly waitMs: number;
  /** What must be left of `waitMs` for this one to become first itself when the lease ends, ms. */
  readonly attemptFloorMs: number;
}

/** What waiting came to. */
export type WaitReply =
  /** What the holder ended with, failures included. */
  | { readonly state: "done"; readonly deliveryId: string; readonly answer: Answer }
  /** The holder's lease ended without a settle, and this one holds the claim now. */
  | {
      readonly state: "first";
      readonly fence: number;
      readonly breaker: BreakerState;
      readonly takenOver: true;
    }
  | { readonly state: "timed_out" };

/** The numbers that a webhook came from and went to, in the clear: the ledger keeps hashes of them. */
export interface Parties {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Asks the ledger to keep a webhook and to see to it that it is delivered. */
export interface EnqueueRequest {
  /** As it stands until it is delivered: outcome `queued`, the whole webhook in `stored`. */
  readonly record: DeliveryRecord;
  /** What duplicates are told from then on; `undefined` when nothing identifies it. */
  readonly claim:
    | { readonly claimKey: string; readonly ttlSeconds: number; readonly answer: Answer }
    | undefined;
  /** How long the first attempt may be under way, ms. */
  readonly leaseMs: number;
  /** Of the record; absent where it has none. */
  readonly parties?: Parties | undefined;
}

/** The answer to it, given when the webhook is on disk. */
export type EnqueueReply =
  /** With a lease, whoever asked makes the first attempt; without one the ledger does, when it is its turn. */
  | { readonly state: "queued"; readonly lease: number | undefined }
  | { readonly state: "done"; readonly deliveryId: string; readonly answer: Answer };

/** Asks to send a delivery again. */
export interface LeaseRequest {
  readonly deliveryId: string;
  /** What was known of it when that was decided. */
  readonly outcome: DeliveryOutcome;
  /** How long the attempt may be under way, ms. */
  readonly leaseMs: number;
}

/** The answer to it. */
export type LeaseReply =
  | { readonly state: "leased"; readonly lease: number; readonly record: DeliveryRecord }
  /** It is under way already. */
  | { readonly state: "running" }
  | { readonly state: "unknown" };

/** How deliveries to an origin are made. */
export interface QueuedOrigin {
  /** 1–6, of this object. */
  readonly concurrency: number;
  /** How long one attempt is under way at most, its settle included, ms. */
  readonly leaseMs: number;
  readonly hasBreaker: boolean;
}

/** A delivery, leased for one attempt. */
export interface Job {
  readonly record: DeliveryRecord;
  readonly lease: number;
  /** Of the attempt, counted from 1. */
  readonly number: number;
}

/** Asks what a plan would send again. */
export interface PlanRequest {
  /** Of the form of a delivery's id, made by whoever asks: all objects have the same plan. */
  readonly id: string;
  readonly filters: SearchFilters;
}

/** Asks what was counted in a span. */
export interface StatsRequest {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Of one step, ms: a minute, or whole hours. */
  readonly stepMs: number;
}

/** What was counted in a step that begins at an instant, epoch ms. */
export type StatsStep = readonly [atMs: number, tally: Tally];

/** Runs a plan. */
export interface RunRequest {
  readonly id: string;
  /** Deliveries a second, of one object. */
  readonly rate: number;
}

/** How one attempt at a queued or replayed delivery ended. */
export interface AttemptSettlement {
  readonly deliveryId: string;
  /** Of the attempt. It counts unless somebody newer has one. */
  readonly lease: number;
  readonly attempt: Attempt;
  readonly end: AttemptEnd;
  readonly breaker: WebhookSettlement["breaker"];
}

/** What becomes of the delivery. */
export type AttemptEnd =
  | {
      readonly kind: "delivered";
      /** What the log keeps of the webhook from now on. */
      readonly request: RecordedRequest;
      /** What of it is sealed. */
      readonly stored?: Sealed | undefined;
      /** Whether `log.keep` covers it. */
      readonly isListed: boolean;
    }
  | { readonly kind: "waits"; readonly delayMs: number }
  | {
      readonly kind: "dead";
      readonly reason: DeadReason;
      readonly request: RecordedRequest;
      readonly stored?: Sealed | undefined;
    };

/** What an isolate tells the ledger when something is over. */
export type Settlement = WebhookSettlement | AttemptSettlement;

/** How an attempt looks to the breaker. A lost connection tells nothing, unless it was the probe's. */
export type BreakerEvent = "unreached" | "timeout" | "lost" | "answered";

/** What happened to one webhook. */
export interface WebhookSettlement {
  /** Picks the shard. */
  readonly deliveryId: string;
  /** The claim it held; `undefined` where there was none to hold. */
  readonly claim:
    | {
        readonly claimKey: string;
        /** `undefined` when the ledger never said: taken only where nobody else holds it. */
        readonly fence: number | undefined;
        /** Seconds that the answer is kept for duplicates; `undefined` releases the claim: a retry is a real retry. */
        readonly ttlSeconds: number | undefined;
        /** What those who wait are given. */
        readonly answer: Answer;
      }
    | undefined;
  /** `undefined` when `log.keep` does not cover it. */
  readonly record: DeliveryRecord | undefined;
  /** Of the record; absent where it has none. */
  readonly parties?: Parties | undefined;
  readonly breaker:
    | { readonly origin: string; readonly events: readonly BreakerEvent[] }
    | undefined;
  /** For the counters: always kept, whatever `log.keep` says. */
  readonly counted: Pick<
    Counted,
    "origin" | "outcome" | "errorCode" | "keyName" | "totalMs" | "originMs"
  > & {
    /** Of what Twilio tells of itself: its word. */
    readonly reason?: string | undefined;
  };
}

/** One refused, unrouted or misconfigured request, on its way into the isolate's buffer. */
export interface Refusal {
  /** `""` where no origin takes it. */
  readonly origin: string;
  readonly outcome: string;
  readonly reason: string;
  /** Builds the record, only when it is kept: most of a flood is merely counted. `undefined` where `log.keep` does not cover it. */
  readonly record: (() => DeliveryRecord) | undefined;
  /** Says why, where that cannot be worked out by what is kept; at most one a second is asked for. */
  readonly explain?: (() => Promise<ShownExplanation>) | undefined;
}

/** What an isolate hands over at most once a second. */
export interface RefusalBatch {
  readonly counts: readonly {
    readonly origin: string;
    readonly outcome: string;
    readonly reason: string;
    readonly count: number;
    /** The first of its kind that this isolate has seen in an hour; `undefined` after that. */
    readonly sample: DeliveryRecord | undefined;
  }[];
  /** Those within the rate, in full. */
  readonly records: readonly DeliveryRecord[];
}

/** Webhooks of one origin that are still to be sent. */
export interface QueuedCount {
  readonly origin: string;
  readonly count: number;
  /** Of the oldest, ms. */
  readonly oldestAgeMs: number;
  /** Why the ledger leaves them alone: the origin is not configured, or they were sealed with a `LOG_KEY` that is not there. */
  readonly held: "origin_gone" | "key_gone" | undefined;
}

/** How one ledger object is. */
export interface LedgerHealth {
  /** Bytes of its storage. */
  readonly storageBytes: number;
  /** The most that it may have. Past 90 % only metadata of deliveries is kept. */
  readonly maxStorageBytes: number;
  /** Claims that run. */
  readonly running: number;
  readonly breakers: readonly {
    readonly origin: string;
    readonly state: "closed" | "open" | "probing";
    /** How long ago it opened last, ms; absent where it never did, and of an earlier release. */
    readonly openedAgoMs?: number;
  }[];
  /** The UTC day's counters; refusals have a reason. */
  readonly today: readonly {
    readonly origin: string;
    readonly outcome: string;
    readonly reason: string;
    readonly count: number;
  }[];
  /** What is still to be sent, by origin and key. */
  readonly queue: readonly QueuedCount[];
  /** What this object has done and cost since it started. */
  readonly sinceStart: {
    readonly startedAtMs: number;
    readonly calls: number;
    readonly rowsWritten: number;
    readonly tally: Tally;
  };
}

/** What alerts are told by, of one ledger object. */
export interface Measured extends Pick<
  LedgerHealth,
  "storageBytes" | "maxStorageBytes" | "breakers" | "queue"
> {
  /** Of the last minutes. */
  readonly tally: Tally;
  /** How long ago Twilio was heard, to the minute, ms; `null` when it was not in these minutes. */
  readonly quietMs: number | null;
}

/** Asks the first shard to work out what is to be told. */
export interface AlertRequest {
  /** How much is looked back on, ms: whole minutes. */
  readonly windowMs: number;
  /** Of the other shards, in their order; `null` for one that cannot be reached. */
  readonly others: readonly (Measured | null)[];
}

/** What became of messages that a run was given. */
export interface AlertSettlement {
  readonly takenIds: readonly string[];
  readonly results: readonly SendResult[];
}

/** What a watcher asks: first where it stands, then for the rest of what it has missed. */
export interface WatchRequest {
  /** `atMs` of what it was told last; `null` where it was never told anything. */
  readonly sinceMs: number | null;
  readonly position?: ChangePosition | undefined;
}

/** Where the next page of what was missed begins. */
export interface ChangePosition {
  readonly day: string;
  readonly kind: number;
  readonly seq: number;
}

/** What a watcher is told, as JSON. */
export interface Told {
  /** As they stand now. */
  readonly found: readonly FoundDelivery[];
  /** By the object's clock, epoch ms. */
  readonly atMs: number;
  /** In an answer only: where the rest begins; `null` when that was all. */
  readonly next?: ChangePosition | null;
}

/** What is taken out of the log. */
export interface EraseRequest {
  /** Each finds some; never without a filter. */
  readonly wanted: readonly SearchFilters[];
  /** The most deliveries at once. */
  readonly limit: number;
}

/** What was erased, and what is left. */
export interface Erased {
  readonly erased: number;
  /** What is still to be sent, or runs, and so stays. */
  readonly underWay: number;
  /** Whether nothing is left but what is under way. */
  readonly isComplete: boolean;
  /** Whose answers KV may have. */
  readonly claimKeys: readonly string[];
}

/** What an administrator did. */
export interface Audit {
  readonly atMs: number;
  /** Whose right it was: the name of a token, never its value. */
  readonly who: string;
  /** Where it came from; empty where that is not known. */
  readonly address: string;
  readonly action: "unmask" | "replay" | "erase";
  /** A delivery's id, a plan's id, or filters. */
  readonly about: string;
}

/** The calls that a ledger object answers. Each may be repeated (a counter may then count twice) and rejects when the object cannot be reached. */
export interface LedgerCalls {
  claim(request: ClaimRequest): Promise<ClaimReply>;
  /** Several in one call, answered in their order. */
  claimAll(requests: readonly ClaimRequest[]): Promise<readonly ClaimReply[]>;
  wait(request: WaitRequest): Promise<WaitReply>;
  settle(settlements: readonly Settlement[]): Promise<void>;
  enqueue(request: EnqueueRequest): Promise<EnqueueReply>;
  /** Several in one call, answered in their order: all are kept, or none. */
  enqueueAll(requests: readonly EnqueueRequest[]): Promise<readonly EnqueueReply[]>;
  lease(request: LeaseRequest): Promise<LeaseReply>;
  plan(request: PlanRequest): Promise<ReplayPlan>;
  runPlan(request: RunRequest): Promise<ReplayPlan | undefined>;
  cancelPlan(id: string): Promise<ReplayPlan | undefined>;
  findPlan(id: string): Promise<ReplayPlan | undefined>;
  plans(): Promise<readonly ReplayPlan[]>;
  refuse(batch: RefusalBatch): Promise<void>;
  stats(request: StatsRequest): Promise<readonly StatsStep[]>;
  erase(request: EraseRequest): Promise<Erased>;
  audit(entry: Audit): Promise<void>;
  /** The newest, newest first. */
  audits(limit: number): Promise<readonly Audit[]>;
  /** Whole, in the order asked for; those that are gone meanwhile are left out. */
  records(deliveryIds: readonly string[]): Promise<readonly DeliveryRecord[]>;
  find(deliveryId: string): Promise<DeliveryRecord | undefined>;
  search(request: SearchRequest): Promise<readonly FoundDelivery[]>;
  /** Opens a watch: a WebSocket, over which `WatchRequest` and `Told` travel. */
  fetch(request: Request): Promise<Response>;
  /** @param windowMs How much is looked back on: whole minutes. */
  measure(windowMs: number): Promise<Measured>;
  /** Works out what is to be told, writes it down, and gives what is to be sent now: to one caller only. Of the first shard. */
  alert(request: AlertRequest): Promise<readonly Outgoing[]>;
  settleAlerts(settlement: AlertSettlement): Promise<void>;
  /** @param mayBeOld Whether the count of what is queued may be some minutes old: it reads a row for each. */
  health(mayBeOld?: boolean): Promise<LedgerHealth>;
}
