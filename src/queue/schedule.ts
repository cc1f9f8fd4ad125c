import type { RetryOn } from "../config/types.ts";
import type { FailureClass } from "../forward/origin.ts";
import { parseRetryAfterMs } from "../forward/retry-after.ts";

/** The wait after the first failed attempt lies below this, ms: 5 s on average. It doubles with each one after. */
const BASE_MS = 10_000;
/** The longest wait of the schedule's own, and the longest that an origin may ask for, ms. */
const MAX_WAIT_MS = 3_600_000;
/** The shortest, ms: chance and a `Retry-After` of 0 may ask for less, which no origin recovers in. */
const MIN_WAIT_MS = 1_000;
const HOUR_MS = 3_600_000;

/** How long and how often a queued webhook is tried. */
export interface RetrySchedule {
  /** Waits between attempts, seconds, the last one repeated; empty for exponential ones with full jitter. */
  readonly schedule: readonly number[];
  /** From receipt to the last attempt, hours. */
  readonly hours: number;
}

/** What becomes of a queued webhook after an attempt. */
export type QueueDecision =
  | { readonly kind: "wait"; readonly delayMs: number }
  | { readonly kind: "dead"; readonly reason: DeadReason };

/** Why a queued webhook is given up. */
export type DeadReason =
  /** 410: there is nobody there any more, says the origin. */
  | "gone"
  /** A 4xx that another attempt would meet again; `rp=4xx` retries it. */
  | "not_retried"
  /** Its `hours` are over. */
  | "hours_used"
  /** What was kept of it cannot be read any more. */
  | "unreadable";

/** What the decision is made from. */
export interface QueueDecisionInput {
  readonly failed: {
    readonly class: FailureClass;
    /** Of the answer, where there was one. */
    readonly status: number | undefined;
    /** `Retry-After` as the origin sent it. */
    readonly retryAfter: string | undefined;
  };
  /** Attempts made so far, this one included, ≥ 1. */
  readonly attempts: number;
  readonly retry: RetrySchedule;
  /** `rp` of the origin's URL: only `4xx` is looked at. */
  readonly retryOn: ReadonlySet<RetryOn>;
  /** Epoch ms at which Twilio's request came. */
  readonly receivedAtMs: number;
  /** Epoch ms. */
  readonly nowMs: number;
  /** In [0, 1). Scales the wait (full jitter). */
  readonly random: number;
}

/** Statuses of the 4xx that say "not now" or "not like this" and not "never". */
const PASSING = new Set([401, 408, 425, 429]);

/**
 * Decides, after a failed attempt at a queued webhook, when to try again, or to give it up.
 *
 * It has been acknowledged, so it is tried again whatever failed, but for what the origin refuses for
 * good: 410, and another 4xx that `rp` does not name. A `Retry-After` (both forms) makes the wait
 * longer, up to an hour. The last attempt is made when the hours are over, never after.
 *
 * @returns Whole ms, ≥ 1,000 but for the last wait, or why there is no further attempt. Never throws.
 */
export function decideQueued(input: QueueDecisionInput): QueueDecision {
  const { status } = input.failed;
  if (status === 410) return { kind: "dead", reason: "gone" };
  const isRefused = status !== undefined && status >= 400 && status < 500 && !PASSING.has(status);
  if (isRefused && !input.retryOn.has("4xx")) return { kind: "dead", reason: "not_retried" };
  const leftMs = input.receivedAtMs + input.retry.hours * HOUR_MS - input.nowMs;
  if (leftMs <= 0) return { kind: "dead", reason: "hours_used" };
  const askedMs = parseRetryAfterMs(input.failed.retryAfter, input.nowMs) ?? 0;
  const waitMs = Math.max(scheduledMs(input), Math.min(askedMs, MAX_WAIT_MS), MIN_WAIT_MS);
  return { kind: "wait", delayMs: Math.min(waitMs, leftMs) };
}

function scheduledMs({ attempts, retry: { schedule }, random }: QueueDecisionInput): number {
  const listed = schedule[Math.min(attempts, schedule.length) - 1];
  if (listed !== undefined) return listed * 1_000;
  return Math.floor(random * Math.min(MAX_WAIT_MS, BASE_MS * 2 ** Math.min(attempts - 1, 30)));
}
