import { patience } from "../claim/claim.ts";
import type { OriginConfig, QueueConfig } from "../config/types.ts";
import type { Deadlines } from "../forward/deadline.ts";
import {
  bareRecord,
  deliveryRecord,
  holdsDigits,
  partiesOf,
  queuedRequestOf,
} from "../log/record.ts";
import type { DeliveryRecord, Stages } from "../ledger/delivery.ts";
import type { NotQueued, Outcome } from "../outcome.ts";
import type { Ports } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { acknowledgement } from "./acknowledgement.ts";
import { attemptQueued, leaseMs } from "./attempt.ts";
import { encodeWebhook } from "./stored-webhook.ts";

/** How long the ledger may take to keep a webhook, ms, and at most so large a part of what is left for the origin. */
const PATIENCE_MS = 1_000;
const SHARE = 1 / 4;
const IV_BYTES = 12;

/** A webhook of a queued origin. */
export interface Queueing {
  readonly webhook: VerifiedWebhook;
  readonly origin: OriginConfig;
  readonly queue: QueueConfig;
  /** Its claim key; `undefined` when nothing identifies it. */
  readonly claimKey: string | undefined;
  readonly deadlines: Pick<Deadlines, "originMs">;
  readonly stages: Stages;
}

/** What queueing takes from outside. */
type QueuePorts = Pick<
  Ports,
  "clock" | "random" | "randomBytes" | "sealer" | "ledger" | "log" | "originClient" | "waitUntil"
>;

/** What came of it. */
export type Queued =
  | Extract<Outcome, { kind: "queued" | "duplicate" }>
  | { readonly kind: "not_queued"; readonly why: NotQueued };

/**
 * Has the ledger keep a webhook, whole, before Twilio is acknowledged (G5). The first attempt is begun
 * then, where it is this webhook's turn; later ones are the ledger's.
 *
 * Not kept is, and so has to be forwarded at once: what holds digits or card data while there is no
 * `LOG_KEY` (G8), and anything while the ledger does not answer within its second (G7).
 */
export async function queueWebhook(queueing: Queueing, ports: QueuePorts): Promise<Queued> {
  const { webhook, origin, queue, claimKey } = queueing;
  if (!ports.sealer.hasKey && holdsDigits(webhook))
    return { kind: "not_queued", why: "digits_without_log_key" };

  const answer = acknowledgement(queue);
  const record = await recordOf(queueing, ports);
  const claim =
    claimKey === undefined || origin.dedupe === undefined
      ? undefined
      : { claimKey, ttlSeconds: origin.dedupe.ttlSeconds, answer };
  const asked = ports.ledger
    .enqueue({ record, claim, leaseMs: leaseMs(origin), parties: partiesOf(webhook) })
    .catch(() => undefined);
  const patienceMs = patience(PATIENCE_MS, SHARE, queueing.deadlines, ports);
  const reply = await within(asked, patienceMs, ports.clock);
  if (reply === undefined) return { kind: "not_queued", why: "ledger_unavailable" };
  if (reply.state === "done") {
    const { answer: first, deliveryId: firstDeliveryId } = reply;
    return { kind: "duplicate", webhook, origin, answer: first, firstDeliveryId, dedupe: "ledger" };
  }
  if (reply.lease !== undefined) ports.waitUntil(attemptFirst(queueing, reply.lease, ports));
  return { kind: "queued", webhook, origin, answer, dedupe: dedupeOf(queueing) };
}

async function attemptFirst(
  { webhook, origin }: Queueing,
  lease: number,
  ports: QueuePorts,
): Promise<void> {
  const attempt = { webhook, origin, lease, number: 1, replay: undefined };
  ports.ledger.settle(await attemptQueued(attempt, ports));
}

/** The delivery as it stands until it is over. A fault of ours in it costs its details only. */
async function recordOf(queueing: Queueing, ports: QueuePorts): Promise<DeliveryRecord> {
  const { webhook, origin, queue } = queueing;
  const answer = acknowledgement(queue);
  const outcome = { kind: "queued", webhook, origin, answer, dedupe: dedupeOf(queueing) } as const;
  const input = {
    outcome,
    answer,
    stages: queueing.stages,
    endedAtMs: ports.clock.now(),
    hasHungUp: false,
  };
  const stored = await ports.sealer.seal(
    encodeWebhook(webhook),
    webhook.deliveryId,
    ports.randomBytes(IV_BYTES),
  );
  const request = queuedRequestOf(webhook);
  try {
    return { ...deliveryRecord(input), request, answer: undefined, stored };
  } catch (error) {
    ports.log.bug(error);
    return { ...bareRecord(input), request, stored };
  }
}

function dedupeOf({ claimKey }: Queueing): "first" | "off" {
  return claimKey === undefined ? "off" : "first";
}

/** What forwarding at once came to for a queued origin: the acknowledgement, or nothing that Twilio may take for one. */
export function acknowledged(outcome: Outcome, queue: QueueConfig, notQueued: NotQueued): Outcome {
  if (outcome.kind === "failed") return { ...outcome, notQueued };
  if (outcome.kind !== "answered" || "unverified" in outcome.webhook) return outcome;
  const { webhook, origin, attempts, dedupe } = outcome;
  const answer = acknowledgement(queue);
  return { kind: "delivered", webhook, origin, answer, attempts, dedupe, notQueued };
}
