import type { Hold } from "../claim/claim.ts";
import type { Answer } from "../check/answer-types.ts";
import type { Attempt } from "../forward/origin.ts";
import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { BreakerEvent, Settlement } from "../ledger/protocol.ts";
import type { Outcome } from "../outcome.ts";
import type { Ports } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import { describe } from "./describe.ts";
import { logLine } from "./log-line.ts";
import { deliveryRecord, isKept, originOf } from "./record.ts";

/** How long Twilio's answer is held back for a claim to be released, ms. */
const RELEASE_PATIENCE_MS = 250;
/** How long a late word of the ledger on a claim is waited for after the answer, ms. */
const LATE_FENCE_PATIENCE_MS = 10_000;

/** A webhook that is over, with what Twilio is given. */
export interface Ended {
  readonly outcome: Outcome;
  readonly answer: Answer;
  /** The claim it held. */
  readonly hold: Hold | undefined;
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
  const { outcome } = ended;
  const build = (): DeliveryRecord => {
    const built = deliveryRecord(ended);
    ports.log.write(logLine(built));
    return built;
  };
  const { outcome: word, reason, origin } = describe(outcome);

  // What is not Twilio's, or has no origin, comes in any number: counted, and kept within bounds.
  if (isBounded(outcome)) {
    ports.ledger.refuse({
      origin: origin ?? "",
      outcome: word,
      reason: reason ?? "",
      record: build,
    });
    return;
  }
  const built = build();
  const settlement = {
    deliveryId: built.id,
    record: isKept(outcome) ? built : undefined,
    breaker: breakerEvents(outcome),
    counted: { origin: origin ?? "", outcome: word },
  };
  ports.waitUntil(storeInKv(ended, ports));
  const { hold, answer } = ended;
  const dedupe = originOf(outcome)?.dedupe;
  if (hold === undefined || dedupe === undefined || dedupe.store === "kv") {
    ports.ledger.settle({ ...settlement, claim: undefined });
    return;
  }
  const { claimKey, fence } = hold;
  const ttlSeconds = isStored(outcome) ? dedupe.ttlSeconds : undefined;
  const withFence = (known: number | undefined): Settlement => ({
    ...settlement,
    claim: { claimKey, fence: known, ttlSeconds, answer },
  });
  if (fence instanceof Promise) {
    const late = within(fence, LATE_FENCE_PATIENCE_MS, ports.clock);
    ports.waitUntil(late.then((known) => ports.ledger.settle(withFence(known))));
  } else if (ttlSeconds === undefined) {
    await within(ports.ledger.release(withFence(fence)), RELEASE_PATIENCE_MS, ports.clock);
  } else {
    ports.ledger.settle(withFence(fence));
  }
}

async function storeInKv({ hold, outcome, answer }: Ended, ports: Ports): Promise<void> {
  const origin = originOf(outcome);
  if (hold === undefined || origin?.dedupe === undefined || origin.dedupe.store === "ledger")
    return;
  if (ports.answers === undefined || !isStored(outcome)) return;
  const deliveryId = "webhook" in outcome ? outcome.webhook.deliveryId : "";
  await ports.answers.put(hold.claimKey, { answer, deliveryId }, origin.dedupe.ttlSeconds);
}

/** Whether duplicates get this answer too: an origin's or a fallback URL's below 400. All else is released, so that a retry is a real one. */
function isStored(outcome: Outcome): boolean {
  if (outcome.kind === "fell_back" && outcome.from === "twiml") return false;
  return (
    (outcome.kind === "answered" || outcome.kind === "fell_back") && outcome.answer.status < 400
  );
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
    case "duplicate":
    case "fell_back":
      return false;
  }
}

/** What the attempts at the origin tell its breaker; a broken connection tells nothing. */
function breakerEvents(outcome: Outcome): Settlement["breaker"] {
  const origin = originOf(outcome);
  if (origin === undefined || !origin.hasBreaker || !("attempts" in outcome)) return undefined;
  const events = outcome.attempts
    .filter(({ to }) => to === "origin")
    .map(toEvent)
    .filter((event) => event !== undefined);
  return events.length === 0 ? undefined : { origin: origin.name, events };
}

function toEvent({ outcome }: Attempt): BreakerEvent | undefined {
  if (outcome.kind === "usable") return "answered";
  switch (outcome.class) {
    case "unreached":
    case "timeout":
      return outcome.class;
    case "status":
    case "unusable":
      return "answered";
    case "lost":
      return undefined;
  }
}
