import type { Overrides, RetryOn } from "../config/types.ts";
import type { FailureClass } from "./origin.ts";
import { parseRetryAfterMs } from "./retry-after.ts";

/** Longest jittered wait before the second attempt; it doubles with each one after. */
const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 1000;
/** Less than this left is not worth an attempt. */
const ATTEMPT_FLOOR_MS = 500;

/** What comes after a failed attempt. */
export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "give_up"; readonly reason: GiveUpReason };

/** Why there is no further attempt. */
export type GiveUpReason =
  /** `rp` does not name this kind of failure, or it is never retried. */
  | "not_retried"
  /** `rc` is used up. */
  | "retries_used"
  /** The origin asked for a longer wait than there is time for. */
  | "retry_after_too_long"
  /** The deadline is too near for a wait and an attempt. */
  | "no_time";

/** What the decision is made from. */
export interface RetryInput {
  /** The attempt that just failed. `number` counts from 1, the fallback's attempts from 1 again. */
  readonly failed: {
    readonly number: number;
    readonly class: FailureClass;
    readonly status: number | undefined;
    /** `Retry-After` as the origin sent it. */
    readonly retryAfter: string | undefined;
  };
  /** The target's own. */
  readonly policy: Pick<Overrides, "retries" | "retryOn" | "attemptTimeoutMs">;
  /** Epoch ms. */
  readonly nowMs: number;
  /** Epoch ms by which this target's last attempt must be over. */
  readonly deadlineMs: number;
  /** In [0, 1). Scales the delay (full jitter), so 0 means no wait. */
  readonly random: number;
}

/**
 * Decides, after a failed attempt, whether to wait and try again or to give up.
 *
 * Checks, in this order: the kind of failure is one that `rp` names; `rc` leaves an attempt; the wait
 * and then an attempt fit before `deadlineMs`, since an attempt that could not finish only adds load.
 * The wait is exponential with full jitter; a 429's or 503's `Retry-After` is its minimum.
 *
 * @returns Whole ms, ≥ 0, before the next attempt, or the reason there is none. Never throws.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 *   `rc` counts the attempts after the first, `rp` names what is retried; read 2026-11.
 */
export function decideRetry(input: RetryInput): RetryDecision {
  const { failed, policy } = input;
  const retryOn = retryWord(failed.class, failed.status);
  if (retryOn === undefined || !policy.retryOn.has(retryOn)) return giveUp("not_retried");
  if (failed.number > policy.retries) return giveUp("retries_used");

  const longestMs = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (failed.number - 1));
  const askedMs = askedWaitMs(input);
  const delayMs = Math.max(Math.floor(input.random * longestMs), askedMs);
  const endMs = input.nowMs + delayMs + attemptFloorMs(policy);
  if (endMs <= input.deadlineMs) return { kind: "retry", delayMs };
  return giveUp(askedMs > longestMs ? "retry_after_too_long" : "no_time");
}

/**
 * Tells how much time an attempt needs to be worth starting: 500 ms, or its own bound where that is less.
 */
export function attemptFloorMs(policy: Pick<Overrides, "attemptTimeoutMs">): number {
  return Math.min(policy.attemptTimeoutMs ?? ATTEMPT_FLOOR_MS, ATTEMPT_FLOOR_MS);
}

/** The word of `rp` that a failure goes by. */
function retryWord(failure: FailureClass, status: number | undefined): RetryOn | undefined {
  switch (failure) {
    case "unreached":
      return "ct";
    case "lost":
    case "timeout":
      return "rt";
    case "status":
      return status !== undefined && status < 500 ? "4xx" : "5xx";
    case "unusable":
      return undefined;
  }
}

function askedWaitMs({ failed, nowMs }: RetryInput): number {
  if (failed.status !== 429 && failed.status !== 503) return 0;
  return parseRetryAfterMs(failed.retryAfter, nowMs) ?? 0;
}

function giveUp(reason: GiveUpReason): RetryDecision {
  return { kind: "give_up", reason };
}
