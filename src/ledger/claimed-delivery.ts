import type { Claim } from "./claim-rules.ts";
import { receivedAtMsOf } from "./delivery-id.ts";
import { unknownRequest, type DeliveryRecord } from "./delivery.ts";
import { sequencesOf } from "./row.ts";
import { foundOf, type FoundDelivery } from "./search.ts";

/** A delivery of which only the claim is known: it runs, or its lease ended without a word. */
export function claimedDelivery(claim: Claim, nowMs: number): DeliveryRecord {
  const isOver = nowMs >= claim.endsAtMs;
  return {
    id: claim.deliveryId,
    outcome: isOver ? "interrupted" : "running",
    reason: isOver ? "lease_ended" : undefined,
    origin: claim.origin,
    receivedAtMs: receivedAtMsOf(claim.deliveryId),
    durationMs: Math.min(nowMs, claim.endsAtMs) - claim.startedAtMs,
    stages: {},
    hasHungUp: false,
    accountSid: undefined,
    sids: [],
    twilioStatus: undefined,
    httpStatus: 0,
    errorCode: undefined,
    isVerified: true,
    keyName: undefined,
    candidate: undefined,
    dedupe: "first",
    firstDeliveryId: undefined,
    request: unknownRequest,
    attempts: [],
    answer: undefined,
    numberHashes: [],
    pending: undefined,
    stored: undefined,
    report: undefined,
    explanation: undefined,
    replay: undefined,
  };
}

/**
 * The same as a row of the list, before all that is written of its millisecond: once it is written it may
 * stand after a page's end, and is then listed twice rather than never.
 */
export function claimedSummary(claim: Claim, nowMs: number): FoundDelivery {
  return {
    ...foundOf(claimedDelivery(claim, nowMs)),
    seq: sequencesOf(claim.deliveryId).end - 1,
  };
}
