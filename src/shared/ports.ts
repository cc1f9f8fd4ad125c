import type { ShownExplanation } from "../explain/shown.ts";
import type { Refused } from "../explain/trial.ts";
import type { RecentAnswers } from "../claim/recent-answers.ts";
import type { Outgoing } from "../alerts/outbox.ts";
import type { AnswerStored } from "../claim/stored-answer.ts";
import type { Problem } from "../config/types.ts";
import type { OriginReply, OriginRequest } from "../forward/origin.ts";
import type { Sealer } from "../shared/seal.ts";
import type {
  AlertSettlement,
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
  PlanRequest,
  Refusal,
  RunRequest,
  StatsRequest,
  StatsStep,
  Settlement,
  Told,
  WaitReply,
  WaitRequest,
  WatchRequest,
} from "../ledger/protocol.ts";
import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { ReplayPlan } from "../ledger/replay-plan.ts";
import type { FoundDelivery, SearchRequest } from "../ledger/search.ts";
import type { LogLine } from "../log/log-line.ts";
import type { ReceiveFailure } from "../outcome.ts";
import type { Result } from "./result.ts";

/** Time, so that any schedule can be a table in a test. */
export interface Clock {
  /** Epoch ms. In production it moves only across I/O. */
  now(): number;
  /** Resolves after `delayMs` (≥ 0), or at once when `signal` aborts. Never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `fire` after `delayMs`.
   * @returns Takes it back; no timer is left then.
   */
  after(delayMs: number, fire: () => void): () => void;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** The network towards origins and fallbacks. */
export interface OriginClient {
  /**
   * Sends one request and reads the whole answer, at most `request.maxBodyBytes`.
   * Redirects are not followed. Every failure is a value; it never throws.
   */
  send(request: OriginRequest, signal: AbortSignal): Promise<OriginReply>;
}

/** KV: answers kept for when the ledger cannot be asked. Errors and slowness are `undefined` or `false`, never thrown. */
export interface AnswerStore {
  get(claimKey: string): Promise<AnswerStored | undefined>;
  /** Resolves `false` when nothing was written: an error, or writing paused after a quota error. */
  put(claimKey: string, answer: AnswerStored, ttlSeconds: number): Promise<boolean>;
  /** Resolves `false` when it could not be deleted. */
  delete(claimKey: string): Promise<boolean>;
  /** Whether KV answers at all, and whether writing to it is paused after a quota error. Never rejects. */
  health(): Promise<{ readonly isReachable: boolean; readonly isWritingPaused: boolean }>;
}

/** The ledger, as the path of a webhook uses it. */
export interface LedgerClient {
  /** Rejects when the ledger cannot be reached; the caller bounds how long it waits. */
  claim(request: ClaimRequest): Promise<ClaimReply>;
  /** Waits for the holder of a claim to end. Rejects when the ledger cannot be reached. */
  wait(request: WaitRequest): Promise<WaitReply>;
  /** Keeps a webhook; resolves when it is on disk. Rejects when the ledger cannot be reached; the caller bounds how long it waits. */
  enqueue(request: EnqueueRequest): Promise<EnqueueReply>;
  /** Hands over what happened; grouped with others of this isolate. Never throws, never waits. */
  settle(settlement: Settlement): void;
  /**
   * Does work when the answers of this moment have left, together with that of other webhooks of this isolate;
   * what it settles travels in the very same call. Never throws, never waits; `work` must not reject.
   */
  afterwards(work: () => Promise<void>): void;
  /** Hands over at once, with what else waits, for a claim that must be free before Twilio can come again. Never rejects. */
  release(settlement: Settlement): Promise<void>;
  /** Counts a refusal, keeping it whole within its bounds; at most one call a second leaves the isolate. Never throws. */
  refuse(refusal: Refusal): void;
}

/** The ledger, as the log's routes read it, all shards together. Rejects when a shard cannot be reached. */
export interface LogReader {
  find(deliveryId: string): Promise<DeliveryRecord | undefined>;
  /** Leases a delivery so that it can be sent again. */
  lease(request: LeaseRequest): Promise<LeaseReply>;
  /** Plans, each over all shards; `undefined` for one that is not known. */
  plan(request: PlanRequest): Promise<ReplayPlan | undefined>;
  runPlan(request: RunRequest): Promise<ReplayPlan | undefined>;
  cancelPlan(id: string): Promise<ReplayPlan | undefined>;
  findPlan(id: string): Promise<ReplayPlan | undefined>;
  plans(): Promise<readonly ReplayPlan[]>;
  /** In the order of time. */
  stats(request: StatsRequest): Promise<readonly StatsStep[]>;
  search(request: SearchRequest): Promise<readonly FoundDelivery[]>;
  /** Over all shards; `limit` is that of all. */
  erase(request: EraseRequest): Promise<Erased>;
  audit(entry: Audit): Promise<void>;
  /** The newest, newest first. */
  audits(limit: number): Promise<readonly Audit[]>;
  /** Whole, in the order asked for; those that are gone meanwhile are left out. */
  records(deliveryIds: readonly string[]): Promise<readonly DeliveryRecord[]>;
  /** Opens a watch of all shards. */
  watch(): Promise<LedgerWatch>;
  /** By shard; `undefined` for one that cannot be reached. Never rejects. */
  health(mayBeOld?: boolean): Promise<readonly (LedgerHealth | undefined)[]>;
}

/** The ledger, as the cron trigger uses it. */
export interface AlertLedger {
  /**
   * Has all shards measure, and the first one work out what is to be told.
   * @param windowMs How much is looked back on: whole minutes.
   * @returns What is to be sent now, by whoever asked; `undefined` where the first shard does not answer. Never rejects.
   */
  run(windowMs: number): Promise<readonly Outgoing[] | undefined>;
  /** Says what became of it. Never rejects: what is not told is sent again. */
  settle(settlement: AlertSettlement): Promise<void>;
}

/** A watch of all shards. */
export interface LedgerWatch {
  /**
   * What a shard has told next, in each shard's own order.
   * @returns `"quiet"` after `waitMs` without a word; `"over"` when a shard is gone, or has told more than was taken: what was missed is asked for by a new watch.
   */
  next(waitMs: number): Promise<ToldByShard | "quiet" | "over">;
  /** Asks a shard for what was missed. It tells nothing before it was asked once. */
  ask(shard: number, request: WatchRequest): void;
  close(): void;
}

/** What a shard tells a watch. */
export type ToldByShard = Told & { readonly shard: number };

/**
 * Verifies a JWT of Cloudflare Access, anybody's text. Never rejects.
 * @returns Whose it is: an e-mail address or a service token's client id, in small letters; `"invalid"`; or `"unreachable"` when the keys to tell by cannot be had.
 */
export type AccessVerifier = (jwt: string) => Promise<string>;

/** The files that the log's page was built to. */
export interface PageFiles {
  /** @param path From the folder of the build, `/index.html`. What is not there is a 404. */
  read(path: string): Promise<Response>;
}

/** The console. Never throws. */
export interface Log {
  write(line: LogLine): void;
  /** Tells, once an isolate, what is wrong with the configuration. */
  misconfigured(problems: readonly Problem[]): void;
  /** Tells of a bug, with its cause. */
  bug(error: unknown): void;
  /** Tells of deliveries whose record could not be handed to the ledger. */
  lost(what: { readonly deliveryIds: readonly string[]; readonly error: string }): void;
  /** Tells of an alert that a destination did not take. */
  unsent(what: {
    readonly alert: string;
    readonly to: string;
    readonly status: number | null;
    readonly detail: string;
  }): void;
}

/** Everything the path of a webhook needs from outside. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  /** So many bytes from a source fit for keys. */
  readonly randomBytes: (count: number) => Uint8Array<ArrayBuffer>;
  readonly sealer: Sealer;
  readonly originClient: OriginClient;
  /** Reads a request's body, at most `maxBodyBytes` of it. Never throws. */
  readonly readBody: (
    request: Request,
    maxBodyBytes: number,
  ) => Promise<Result<Uint8Array<ArrayBuffer>, ReceiveFailure>>;
  /** `undefined` where no KV is bound, or residency rules it out. */
  readonly answers: AnswerStore | undefined;
  /** What this isolate has just answered. */
  readonly recentAnswers: RecentAnswers;
  readonly ledger: LedgerClient;
  readonly reader: LogReader;
  readonly alerts: AlertLedger;
  /** `undefined` where Cloudflare Access is not configured. */
  readonly verifyAccess: AccessVerifier | undefined;
  /** `undefined` where no assets are bound. */
  readonly page: PageFiles | undefined;
  readonly log: Log;
  /** Works out why a webhook was refused: some hundred signatures, so for operators and never on the way to an answer. */
  readonly explain: (refused: Pick<Refused, "webhook" | "origin">) => Promise<ShownExplanation>;
  /** Keeps the isolate working on `work` after the answer, up to 30 s. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
