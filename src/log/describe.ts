import type { DeliveryOutcome } from "../ledger/delivery.ts";
import type { Attempt } from "../forward/origin.ts";
import type { DedupeNote, Outcome } from "../outcome.ts";
import { wordOf } from "../reports/report.ts";
import { wantsTwiml } from "../queue/wants-twiml.ts";
import type { UnverifiedWebhook, VerifiedWebhook } from "../verify/verified-webhook.ts";

/** An outcome in the log's words. */
export interface Description {
  readonly outcome: DeliveryOutcome;
  readonly reason: string | undefined;
  readonly origin: string | undefined;
  readonly accountSid: string | undefined;
  readonly isVerified: boolean;
  readonly keyName: string | undefined;
  readonly candidate: string | undefined;
  readonly dedupe: DedupeNote | undefined;
  readonly firstDeliveryId: string | undefined;
  readonly attempts: readonly Attempt[];
  /** Twilio's code. */
  readonly errorCode: number | undefined;
}

const nothing = {
  reason: undefined,
  origin: undefined,
  accountSid: undefined,
  isVerified: false,
  keyName: undefined,
  candidate: undefined,
  dedupe: undefined,
  firstDeliveryId: undefined,
  attempts: [],
  errorCode: undefined,
} as const;

/** Says how a webhook ended, in the log's words: the one switch from outcome to log. */
export function describe(outcome: Outcome): Description {
  switch (outcome.kind) {
    case "unreceived":
      return { ...nothing, outcome: "refused", reason: outcome.failure.reason };
    case "refused":
      return {
        ...nothing,
        outcome: "refused",
        reason: outcome.failure.reason,
        origin: outcome.origin?.name,
      };
    case "misconfigured":
      return { ...nothing, outcome: "failed", reason: "misconfigured", origin: outcome.originName };
    case "unrouted":
      return { ...nothing, ...proof(outcome.webhook), outcome: "unrouted" };
    case "websocket":
      return {
        ...nothing,
        ...proof(outcome.webhook),
        outcome: "failed",
        reason: "websocket_unsupported",
        origin: outcome.origin.name,
      };
    case "reported":
      return {
        ...nothing,
        ...proof(outcome.webhook),
        outcome: "answered",
        reason: wordOf(outcome.report),
        origin: outcome.origin.name,
        errorCode: "code" in outcome.report ? outcome.report.code : undefined,
      };
    case "not_a_report":
      return {
        ...nothing,
        ...proof(outcome.webhook),
        outcome: "failed",
        reason: "not_a_report",
        origin: outcome.origin.name,
      };
    case "duplicate":
      return {
        ...nothing,
        ...proof(outcome.webhook),
        outcome: "duplicate",
        reason: outcome.answer === undefined ? "first_did_not_end" : undefined,
        origin: outcome.origin.name,
        dedupe: outcome.dedupe,
        firstDeliveryId: outcome.firstDeliveryId,
      };
    case "queued":
      return {
        ...nothing,
        ...proof(outcome.webhook),
        outcome: "queued",
        reason: wantsTwiml(outcome.webhook) ? "wants_twiml" : undefined,
        origin: outcome.origin.name,
        dedupe: outcome.dedupe,
      };
    case "delivered":
      return {
        ...nothing,
        ...forwarded(outcome),
        outcome: "delivered",
        reason: outcome.notQueued,
      };
    case "answered":
      return { ...nothing, ...forwarded(outcome), outcome: "answered" };
    case "fell_back":
      return {
        ...nothing,
        ...forwarded(outcome),
        outcome: "fell_back",
        reason: outcome.from === "url" ? "fallback_url" : "fallback_twiml",
        errorCode: outcome.twilioCode,
      };
    case "failed":
      return {
        ...nothing,
        ...forwarded(outcome),
        outcome: "failed",
        ...(outcome.notQueued === undefined ? {} : { reason: outcome.notQueued }),
        errorCode: outcome.twilioCode,
      };
  }
}

function forwarded(
  outcome: Extract<Outcome, { kind: "delivered" | "answered" | "fell_back" | "failed" }>,
): Partial<Description> {
  return {
    ...proof(outcome.webhook),
    origin: outcome.origin.name,
    dedupe: outcome.dedupe,
    attempts: outcome.attempts,
  };
}

function proof(webhook: VerifiedWebhook | UnverifiedWebhook): Partial<Description> {
  if ("unverified" in webhook) return { reason: webhook.unverified.reason };
  return {
    isVerified: true,
    accountSid: webhook.accountSid,
    keyName: webhook.key.name,
    candidate: webhook.candidate,
  };
}
