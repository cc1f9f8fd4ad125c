import type { Hold } from "../claim/claim.ts";
import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig } from "../config/types.ts";
import { deadlinesOf } from "../forward/deadline.ts";
import type { Attempt } from "../forward/origin.ts";
import type { DeliveryRecord, Stages } from "../ledger/delivery.ts";
import type { BreakerEvent, Parties, WebhookSettlement } from "../ledger/protocol.ts";
import type { Outcome } from "../outcome.ts";
import { wordOf } from "../reports/report.ts";
import type { Ports } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import { describe } from "./describe.ts";
import { logLine } from "./log-line.ts";
import { sealAnswer } from "./sealed-record.ts";
import { bareRecord, deliveryRecord, isKept, partiesOf, queuedRequestOf } from "./record.ts";

/** How long Twilio's answer is held back for a claim to be released, ms. */
const RELEASE_PATIENCE_MS = 250;
/** Larger ones are explained by nobody but their reason. */
const MAX_EXPLAINED_BYTES = 16 * 1024;
/** How long a late word of the ledger on a claim is waited for after the answer, ms. */
const LATE_FENCE_PATIENCE_MS = 10_000;

/** A webhook that is over, with what Twilio is given. */
export interface Ended {
  readonly outcome: Outcome;
  readonly answer: Answer;
  /** The claim it held. */
  readonly hold: Hold | undefined;
  readonly stages: Stages;
  /** Epoch ms. */
  readonly endedAtMs: number;
  /** Whether Twilio had gone before there was an answer. */
  readonly hasHungUp: boolean;
}

/**
 * Tells what happened: the console's line, the ledger's record and the end of the claim, KV's answer.
 * All of it after the answer, but for one case: a claim that is released is released before it, since
 * Twilio may come again within the millisecond and its retry is to be a real one. None of it can
 * change the answer (fails open).
 *
 * @returns When Twilio may have its answer: at once, or at most `RELEASE_PATIENCE_MS` later.
 */
export async function record(ended: Ended, ports: Ports): Promise<void> {
  remember(ended, ports);
  const kept = storeInKv(ended, ports);
  if (kept !== undefined) ports.waitUntil(kept);
  if (isBounded(ended.outcome) || isReleased(ended) || isLate(ended)) return tell(ended, ports);
  // Building it takes a tenth of a webhook's time: it begins when the answer has left.
  ports.ledger.afterwards(() => tell(ended, ports));
}

/** Whether the ledger's word on its claim is still to come: that is waited for by its own request. */
function isLate({ hold }: Ended): boolean {
  return hold?.fence instanceof Promise;
}

/** Whether it frees a claim: then the answer waits for that. */
function isReleased({ hold, outcome }: Ended): boolean {
  return hold !== undefined && !isStored(outcome);
}

async function tell(ended: Ended, ports: Ports): Promise<void> {
  const { outcome } = ended;
  const { outcome: word, reason, origin = "" } = describe(outcome);

  if (outcome.kind === "queued") {
    // The ledger has it already: what is told of it here is the console's line.
    const request = queuedRequestOf(outcome.webhook);
    ports.log.write(logLine({ ...bareRecord(ended), request }));
    return;
  }
  // What is not Twilio's, or has no origin, comes in any number: counted, and kept within bounds.
  if (isBounded(outcome)) {
    const build = isKept(outcome) ? () => told(ended, ports) : undefined;
    const explain = isExplainable(outcome)
      ? () => ports.explain({ webhook: outcome.webhook, origin: outcome.origin })
      : undefined;
    ports.ledger.refuse({ origin, outcome: word, reason: reason ?? "", record: build, explain });
    return;
  }
  const built = told(ended, ports);
  await settle(ended, ports, {
    deliveryId: built.id,
    record: isKept(outcome) ? built : isMaybeQueued(outcome) ? bareRecord(ended) : undefined,
    parties: isKept(outcome) ? partiesFor(outcome, ports) : undefined,
    breaker: breakerEvents(outcome),
    counted: { origin, outcome: word, ...measured(built, outcome) },
  });
}

/** Whether a look at the whole of it may say more than its reason, and costs no more than some ms. */
function isExplainable(outcome: Outcome): outcome is Extract<Outcome, { kind: "refused" }> {
  return (
    outcome.kind === "refused" &&
    outcome.failure.reason === "signature_mismatch" &&
    outcome.webhook.body.byteLength + outcome.webhook.url.length <= MAX_EXPLAINED_BYTES
  );
}

/** The origin that it was to be forwarded to. */
function forwardedTo(outcome: Outcome): OriginConfig | undefined {
  return "origin" in outcome && outcome.origin !== undefined && "target" in outcome.origin
    ? outcome.origin
    : undefined;
}

/**
 * Whether the ledger may have kept it, or may still: it was asked to, and did not answer in time. Then it
 * is told what became of it whatever `log.keep` says, else it would be delivered once more.
 */
function isMaybeQueued(outcome: Outcome): boolean {
  return "notQueued" in outcome && outcome.notQueued === "ledger_unavailable";
}

/** Builds the record and writes the console's line. A fault of ours in it costs the details, never the answer. */
function told(ended: Ended, ports: Ports): DeliveryRecord {
  const built = buildRecord(ended, ports);
  ports.log.write(logLine(built));
  return built;
}

function buildRecord(ended: Ended, ports: Ports): DeliveryRecord {
  try {
    return deliveryRecord(ended);
  } catch (error) {
    ports.log.bug(error);
    return bareRecord(ended);
  }
}

/**
 * What the stats are made of. What Twilio merely tells is no webhook of the application's: neither its time nor
 * its error is one of ours, and hearing it does not end a silence.
 */
function measured(
  { durationMs: totalMs, errorCode, keyName, attempts, report }: DeliveryRecord,
  { kind }: Outcome,
): Omit<WebhookSettlement["counted"], "origin" | "outcome"> {
  // A duplicate tells nothing a second time.
  const reason = report === undefined || kind === "duplicate" ? undefined : wordOf(report);
  if (kind === "reported") return { reason, keyName };
  const originMs =
    attempts.length === 0 ? undefined : attempts.reduce((sum, each) => sum + each.durationMs, 0);
  return { totalMs, originMs, errorCode, keyName, reason };
}

/** Only of what is proven: a stranger's numbers are nobody's. */
function partiesFor(outcome: Outcome, { log }: Pick<Ports, "log">): Parties | undefined {
  if (outcome.kind === "unreceived" || !describe(outcome).isVerified) return undefined;
  try {
    return partiesOf(outcome.webhook);
  } catch (error) {
    log.bug(error);
    return undefined;
  }
}

/** Ends the claim, if one was held, along with what the ledger is told. */
async function settle(
  { hold, outcome, answer }: Ended,
  ports: Ports,
  settlement: Omit<WebhookSettlement, "claim">,
): Promise<void> {
  const origin = forwardedTo(outcome);
  if (hold === undefined || origin?.dedupe === undefined || origin.dedupe.store === "kv") {
    ports.ledger.settle({ ...settlement, claim: undefined });
    return;
  }
  const { claimKey, fence } = hold;
  const ttlSeconds = isStored(outcome) ? origin.dedupe.ttlSeconds : undefined;
  const withFence = (known: number | undefined): WebhookSettlement => ({
    ...settlement,
    claim: { claimKey, fence: known, ttlSeconds, answer },
  });
  if (fence instanceof Promise) {
    const late = within(fence, LATE_FENCE_PATIENCE_MS, ports.clock);
    ports.waitUntil(late.then((known) => ports.ledger.settle(withFence(known))));
  } else if (ttlSeconds === undefined) {
    const patienceMs = Math.min(RELEASE_PATIENCE_MS, leftMs(outcome, ports));
    await within(ports.ledger.release(withFence(fence)), patienceMs, ports.clock);
  } else {
    ports.ledger.settle(withFence(fence));
  }
}

/** What is left of the budget, ms: Twilio's answer is never held back past it (G3). */
function leftMs(outcome: Outcome, { clock }: Pick<Ports, "clock">): number {
  const origin = forwardedTo(outcome);
  if (origin === undefined || outcome.kind === "unreceived") return 0;
  return Math.max(0, deadlinesOf(origin, outcome.webhook.receivedAtMs).answerMs - clock.now());
}

/** For duplicates that meet this isolate: at once, since they may be here before the answer is there. */
function remember({ hold, outcome, answer, endedAtMs }: Ended, { recentAnswers }: Ports): void {
  const dedupe = forwardedTo(outcome)?.dedupe;
  if (hold === undefined || dedupe === undefined || !isStored(outcome)) return;
  // A claim that the ledger has not confirmed may be another one's.
  if (typeof hold.fence !== "number" && dedupe.store !== "kv") return;
  if (outcome.kind === "duplicate" || !("webhook" in outcome)) return;
  const { deliveryId } = outcome.webhook;
  recentAnswers.put(hold.claimKey, { answer, deliveryId }, dedupe.ttlSeconds, endedAtMs);
}

/** `undefined` where there is nothing to store. */
function storeInKv({ hold, outcome, answer }: Ended, ports: Ports): Promise<unknown> | undefined {
  const dedupe = forwardedTo(outcome)?.dedupe;
  const { answers } = ports;
  if (hold === undefined || dedupe === undefined || dedupe.store === "ledger") return undefined;
  if (answers === undefined || !isStored(outcome) || outcome.kind === "duplicate") return undefined;
  const deliveryId = "webhook" in outcome ? outcome.webhook.deliveryId : "";
  const { claimKey } = hold;
  return sealAnswer(answer, claimKey, ports).then((sealed) =>
    answers.put(claimKey, { answer: sealed, deliveryId }, dedupe.ttlSeconds),
  );
}

/**
 * Whether duplicates get this answer too: an origin's or a fallback URL's below 400, also one that KV
 * had kept. All else is released, so that a retry is a real one.
 */
function isStored(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "answered":
      return outcome.answer.status < 400;
    case "fell_back":
      return outcome.from === "url" && outcome.answer.status < 400;
    case "delivered":
      return true;
    case "duplicate":
      return outcome.answer !== undefined;
    case "queued": // written with the webhook itself
    case "unreceived":
    case "unrouted":
    case "refused":
    case "misconfigured":
    case "websocket":
    case "reported":
    case "not_a_report":
    case "failed":
      return false;
  }
}

function isBounded(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "unreceived":
    case "refused":
    case "unrouted":
    case "misconfigured":
      return true;
    case "answered":
    case "failed":
      return "unverified" in outcome.webhook;
    case "websocket":
    case "reported":
    case "not_a_report":
    case "duplicate":
    case "queued":
    case "delivered":
    case "fell_back":
      return false;
  }
}

/** What the attempts at the origin tell its breaker; a broken connection tells nothing. */
function breakerEvents(outcome: Outcome): WebhookSettlement["breaker"] {
  const origin = forwardedTo(outcome);
  if (origin === undefined || !origin.hasBreaker || !("attempts" in outcome)) return undefined;
  const events = outcome.attempts.filter(({ to }) => to === "origin").map(breakerEventOf);
  return events.length === 0 ? undefined : { origin: origin.name, events };
}

/** How an attempt looks to the breaker. */
export function breakerEventOf({ outcome }: Attempt): BreakerEvent {
  if (outcome.kind === "usable") return "answered";
  switch (outcome.class) {
    case "unreached":
    case "timeout":
    case "lost":
      return outcome.class;
    case "status":
    case "unusable":
      return "answered";
  }
}
