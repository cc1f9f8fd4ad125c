import { defaults } from "../config/defaults.ts";
import type { Config, OriginConfig } from "../config/types.ts";
import { askOnce, type ForwardPorts } from "../forward/ask.ts";
import type { JudgedReply } from "../forward/classify.ts";
import type { Attempt } from "../forward/origin.ts";
import { traceOf } from "../forward/trace.ts";
import type { AttemptEnd, AttemptSettlement, QueuedOrigin } from "../ledger/protocol.ts";
import { breakerEventOf } from "../log/record-outcome.ts";
import { isDeliveredKept, recordedRequestOf } from "../log/record.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { decideQueued } from "./schedule.ts";

/** The longest that an attempt may take, ms: `rt` where the origin's URL has none. */
const ATTEMPT_MS = 15_000;
/** What a lease is longer than its attempt, ms: the time that its settle may take. */
const LEASE_GRACE_MS = 5_000;

/** How long one attempt at an origin may take, ms. `tt` has no effect: nobody waits. */
export function attemptTimeoutMs({
  queue,
  target,
}: Pick<OriginConfig, "queue" | "target">): number {
  const { attemptTimeoutMs: boundMs, budgetMs } = target.overrides;
  return boundMs ?? (queue === undefined ? budgetMs : ATTEMPT_MS);
}

/** How long somebody may be at a delivery, ms. */
export function leaseMs(origin: Pick<OriginConfig, "queue" | "target">): number {
  return attemptTimeoutMs(origin) + LEASE_GRACE_MS;
}

/** What the ledger has to know of an origin to deliver to it; `undefined` for one that is not there, or not well. */
export function queuedOriginOf(
  name: string,
  { origins }: Pick<Config, "origins">,
): QueuedOrigin | undefined {
  const origin = origins.find((each) => each.name === name);
  return (
    origin && {
      concurrency: origin.queue?.concurrency ?? defaults.queue.concurrency,
      leaseMs: leaseMs(origin),
      hasBreaker: origin.hasBreaker,
    }
  );
}

/** One attempt at a webhook that Twilio does not wait for. */
export interface QueuedAttempt {
  readonly webhook: VerifiedWebhook;
  readonly origin: OriginConfig;
  readonly lease: number;
  /** Counts from 1. */
  readonly number: number;
  /** The replay that it is made for. */
  readonly replay: string | undefined;
}

/** Makes the attempt, and decides what becomes of the delivery. Never rejects. */
export async function attemptQueued(
  { webhook, origin, lease, number, replay }: QueuedAttempt,
  ports: ForwardPorts,
): Promise<AttemptSettlement> {
  const startedAtMs = ports.clock.now();
  const trace = traceOf(webhook.headers.get("traceparent"), ports.random);
  const timeoutMs = attemptTimeoutMs(origin);
  const asked = await askOnce({ webhook, origin, trace, number, timeoutMs, replay }, ports);
  const { attempt, judged } = asked ?? notMade(number, startedAtMs, PATH_OUTSIDE);
  const end = endOf(judged, { webhook, origin, number }, ports);
  const event = breakerEventOf(attempt);
  return {
    deliveryId: webhook.deliveryId,
    lease,
    attempt: replay === undefined ? attempt : { ...attempt, replay },
    end,
    breaker:
      origin.hasBreaker && asked !== undefined
        ? { origin: origin.name, events: [event] }
        : undefined,
  };
}

function endOf(
  judged: JudgedReply,
  { webhook, origin, number }: Pick<QueuedAttempt, "webhook" | "origin" | "number">,
  { clock, random }: ForwardPorts,
): AttemptEnd {
  const { bodies } = origin.log;
  if (judged.kind === "usable") {
    return {
      kind: "delivered",
      request: recordedRequestOf(webhook, bodies),
      isListed: isDeliveredKept(origin),
    };
  }
  const decided = decideQueued({
    failed: judged,
    attempts: number,
    // One whose mode was "queue" when it came: what is acknowledged is not given up for that.
    retry: origin.queue?.retry ?? defaults.queue,
    retryOn: origin.target.overrides.retryOn,
    receivedAtMs: webhook.receivedAtMs,
    nowMs: clock.now(),
    random: random(),
  });
  if (decided.kind === "wait") return { kind: "waits", delayMs: decided.delayMs };
  // Its body is kept whatever `log.bodies` says: what was acknowledged and never delivered can be replayed (G5).
  return { kind: "dead", reason: decided.reason, request: recordedRequestOf(webhook, true) };
}

const PATH_OUTSIDE = "The path leads out of the origin's url, as it is configured now.";

/** An attempt that came to nothing before anything was sent. */
export function notMade(
  number: number,
  startedAtMs: number,
  detail: string,
): { readonly attempt: Attempt; readonly judged: JudgedReply } {
  const outcome = {
    kind: "failed",
    class: "unusable",
    status: undefined,
    twilioCode: errorCodes.retrievalFailure,
    detail,
  } as const;
  const attempt = {
    number,
    to: "origin",
    startedAtMs,
    durationMs: 0,
    timeoutMs: 0,
    outcome,
  } as const;
  return { attempt, judged: { ...outcome, retryAfter: undefined } };
}
