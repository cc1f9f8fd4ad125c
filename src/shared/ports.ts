import type { AnswerStored } from "../claim/stored-answer.ts";
import type { OriginReply, OriginRequest } from "../forward/origin.ts";
import type {
  ClaimReply,
  ClaimRequest,
  Refusals,
  Settlement,
  WaitReply,
  WaitRequest,
} from "../ledger/protocol.ts";
import type { LogLine } from "../log/log-line.ts";

/** Time, so that any schedule can be a table in a test. */
export interface Clock {
  /** Epoch ms. In production it moves only across I/O. */
  now(): number;
  /** Resolves after `delayMs` (≥ 0), or at once when `signal` aborts. Never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Aborts after `delayMs` (≥ 0) with a `TimeoutError`. */
  timeoutSignal(delayMs: number): AbortSignal;
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
}

/** The ledger, as the path of a webhook uses it. */
export interface LedgerClient {
  /** Rejects when the ledger cannot be reached; the caller bounds how long it waits. */
  claim(request: ClaimRequest): Promise<ClaimReply>;
  /** Waits for the holder of a claim to end. Rejects when the ledger cannot be reached. */
  wait(request: WaitRequest): Promise<WaitReply>;
  /** Hands over what happened; grouped with others of this isolate. Never throws, never waits. */
  settle(settlement: Settlement): void;
  /** Counts a refusal, keeping it whole within its bounds; at most one call a second leaves the isolate. Never throws. */
  refuse(refusals: Refusals): void;
}

/** The console. Never throws. */
export interface Log {
  write(line: LogLine): void;
}

/** Everything the path of a webhook needs from outside. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly originClient: OriginClient;
  /** `undefined` where no KV is bound, or residency rules it out. */
  readonly answers: AnswerStore | undefined;
  readonly ledger: LedgerClient;
  readonly log: Log;
  /** Keeps the isolate working on `work` after the answer, up to 30 s. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
