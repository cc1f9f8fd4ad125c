import type { Attempt } from "../forward/origin.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import type { DeliveryOutcome, DeliveryRecord } from "./delivery.ts";
import type { AttemptEnd, AttemptSettlement } from "./protocol.ts";

/** So many attempts of a delivery are kept: the first ones and the last ones. */
const FIRST_KEPT = 5;
const LAST_KEPT = 45;

/** The number of the next attempt at a delivery, counted from 1. */
export function nextNumber({ attempts }: Pick<DeliveryRecord, "attempts">): number {
  return (attempts.at(-1)?.number ?? 0) + 1;
}

/**
 * Whether an attempt's word counts: it is still to be sent, nobody newer is at it, and it has not been
 * written already, as itself or as lost. That it was delivered counts even then.
 */
export function isHeard(
  record: DeliveryRecord,
  { lease, attempt, end }: Pick<AttemptSettlement, "lease" | "attempt" | "end">,
): boolean {
  const { pending } = record;
  if (pending === undefined) return false;
  if (pending.lease !== undefined) return pending.lease <= lease;
  return attempt.number >= nextNumber(record) || end.kind === "delivered";
}

/**
 * Works out what a delivery is after an attempt.
 *
 * What Twilio was acknowledged waits, is delivered or is dead. What is sent again by a replay keeps the
 * outcome it had unless it is delivered now, and has one attempt.
 *
 * @param nowMs Epoch ms, the ledger's.
 * @returns `undefined` when the log is to keep nothing of it.
 */
export function afterAttempt(
  record: DeliveryRecord,
  { attempt, end }: Pick<AttemptSettlement, "attempt" | "end">,
  nowMs: number,
): DeliveryRecord | undefined {
  const attempted = withAttempt(record, attempt);
  const isReplay = record.outcome !== "queued";
  // What is sent again is kept as it was; of what was queued the log keeps what the attempt says.
  const { request, stored } = end.kind === "waits" || isReplay ? record : end;
  const over = { ...attempted, request, pending: undefined, stored };
  switch (end.kind) {
    case "delivered":
      if (!isReplay && !end.isListed) return undefined;
      return {
        ...over,
        outcome: afterDelivery(record.outcome),
        reason: undefined,
        errorCode: undefined,
      };
    case "waits":
      if (isReplay) return over;
      return { ...attempted, pending: { dueAtMs: nowMs + end.delayMs, lease: undefined } };
    case "dead":
      return isReplay ? over : { ...over, outcome: "dead", reason: end.reason };
  }
}

/** A delivery whose attempt nobody ever told the end of: its process was lost. */
export function withLostAttempt(record: DeliveryRecord, leaseMs: number): DeliveryRecord {
  const { pending } = record;
  if (pending?.lease === undefined) return record;
  return withAttempt(record, {
    number: nextNumber(record),
    to: "origin",
    startedAtMs: pending.dueAtMs - leaseMs,
    durationMs: leaseMs,
    timeoutMs: leaseMs,
    replay: record.outcome === "queued" ? undefined : record.replay,
    outcome: {
      kind: "failed",
      class: "lost",
      status: undefined,
      twilioCode: errorCodes.retrievalFailure,
      detail: "The process that made this attempt was lost: whether it arrived is not known.",
    },
  });
}

/** Twilio's code of an attempt that failed. */
function codeOf({ outcome }: Attempt): number | undefined {
  return outcome.kind === "failed" ? outcome.twilioCode : undefined;
}

function withAttempt(record: DeliveryRecord, attempt: Attempt): DeliveryRecord {
  const all = [...record.attempts, attempt];
  const attempts =
    all.length <= FIRST_KEPT + LAST_KEPT
      ? all
      : [...all.slice(0, FIRST_KEPT), ...all.slice(-LAST_KEPT)];
  return { ...record, attempts, errorCode: codeOf(attempt) ?? record.errorCode };
}

function afterDelivery(before: DeliveryOutcome): DeliveryOutcome {
  return before === "answered" ? "answered" : "delivered";
}

/** What an end is called in the counters; waiting is none. */
export function countedAs(end: AttemptEnd): "delivered" | "dead" | undefined {
  return end.kind === "waits" ? undefined : end.kind;
}
