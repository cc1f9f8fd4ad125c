import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig } from "../config/types.ts";
import type { BreakerState, ClaimReply, ClaimRequest } from "../ledger/protocol.ts";
import type { DedupeNote } from "../outcome.ts";
import type { Ports } from "../shared/ports.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { within } from "../shared/within.ts";

/** How long the ledger may take to answer a claim, and KV to give an answer after that, ms. */
const LEDGER_PATIENCE_MS = 1_000;
const KV_PATIENCE_MS = 500;
/** What a lease is longer than the budget, ms: the time that a settle may take. */
const LEASE_GRACE_MS = 2_000;
/** What must be left to become first after waiting for a holder that died, ms. */
const ATTEMPT_FLOOR_MS = 500;
/** How often a waiter asks again for a ledger that went away meanwhile. */
const WAITS = 2;

/** What a webhook that goes on to its origin holds. */
export interface Hold {
  readonly claimKey: string;
  /** Its fence; where the ledger did not answer in time a promise, which may come to nothing. Never rejects. */
  readonly fence: number | undefined | Promise<number | undefined>;
}

/** What claiming came to. */
export type Claimed =
  | {
      readonly kind: "forward";
      readonly dedupe: DedupeNote;
      readonly hold: Hold | undefined;
      readonly breaker: BreakerState;
    }
  | {
      readonly kind: "duplicate";
      readonly dedupe: DedupeNote;
      /** `undefined` when the first one did not end in time. */
      readonly answer: Answer | undefined;
      readonly firstDeliveryId: string | undefined;
    };

/**
 * Makes sure that one webhook is forwarded once at a time (G4).
 *
 * In this order: is it claimed at all; the ledger's word, waited for one second; where it gives none,
 * KV's answer; where there is none either, the webhook goes on unclaimed, since twice is better than
 * never (G7: fails open). A duplicate of one that runs waits for it within its own budget.
 *
 * @param key Its claim key; `undefined` when nothing identifies it.
 * @param deadlineMs Epoch ms by which Twilio must have its answer.
 */
export async function claimWebhook(
  webhook: VerifiedWebhook,
  origin: OriginConfig,
  key: string | undefined,
  deadlineMs: number,
  ports: Pick<Ports, "clock" | "ledger" | "answers">,
): Promise<Claimed> {
  if (key === undefined) return forward("off", undefined);
  if (origin.dedupe?.store === "kv") {
    return (await fromKv(key, ports)) ?? forward("first", { claimKey: key, fence: undefined });
  }
  const request: ClaimRequest = {
    claimKey: key,
    deliveryId: webhook.deliveryId,
    origin: origin.name,
    leaseMs: deadlineMs - ports.clock.now() + LEASE_GRACE_MS,
  };
  const asked = ledgerClaim(request, ports);
  const reply = await within(asked, LEDGER_PATIENCE_MS, ports.clock);
  if (reply === undefined) {
    const late = asked.then((said) => (said?.state === "first" ? said.fence : undefined));
    return (await fromKv(key, ports)) ?? forward("unavailable", { claimKey: key, fence: late });
  }
  return follow(reply, request, deadlineMs, ports, WAITS);
}

/** The ledger's word, `undefined` when it cannot be reached. */
function ledgerClaim(
  request: ClaimRequest,
  ports: Pick<Ports, "ledger">,
): Promise<ClaimReply | undefined> {
  return ports.ledger.claim(request).catch(() => undefined);
}

/** Acts on the ledger's word. */
async function follow(
  reply: ClaimReply,
  request: ClaimRequest,
  deadlineMs: number,
  ports: Pick<Ports, "clock" | "ledger">,
  waitsLeft: number,
): Promise<Claimed> {
  switch (reply.state) {
    case "first":
      return first(reply, request.claimKey);
    case "done":
      return {
        kind: "duplicate",
        dedupe: "ledger",
        answer: reply.answer,
        firstDeliveryId: reply.deliveryId,
      };
    case "done_large":
    case "running":
      return waitForHolder(reply, request, deadlineMs, ports, waitsLeft);
  }
}

async function waitForHolder(
  reply: Extract<ClaimReply, { state: "running" | "done_large" }>,
  request: ClaimRequest,
  deadlineMs: number,
  ports: Pick<Ports, "clock" | "ledger">,
  waitsLeft: number,
): Promise<Claimed> {
  const waitMs = Math.max(0, deadlineMs - ports.clock.now());
  const asked = ports.ledger
    .wait({
      ...request,
      fence: reply.fence,
      leaseMs: waitMs + LEASE_GRACE_MS,
      waitMs,
      attemptFloorMs: ATTEMPT_FLOOR_MS,
    })
    .catch(() => "unreachable" as const);
  // The ledger keeps the time; this clock is for the case that it does not.
  const waited = await within(asked, waitMs, ports.clock);
  if (waited === "unreachable") {
    // An object that was reset (a deploy, say) still knows who holds the claim: ask again.
    const again =
      waitsLeft === 0
        ? undefined
        : await within(ledgerClaim(request, ports), LEDGER_PATIENCE_MS, ports.clock);
    if (again !== undefined) return follow(again, request, deadlineMs, ports, waitsLeft - 1);
    return forward("unavailable", { claimKey: request.claimKey, fence: undefined });
  }
  if (waited === undefined || waited.state === "timed_out") {
    return { kind: "duplicate", dedupe: "waited", answer: undefined, firstDeliveryId: undefined };
  }
  if (waited.state === "first") return first(waited, request.claimKey);
  const dedupe = reply.state === "running" ? "waited" : "ledger";
  return { kind: "duplicate", dedupe, answer: waited.answer, firstDeliveryId: waited.deliveryId };
}

function first(
  reply: { readonly fence: number; readonly breaker: BreakerState; readonly takenOver: boolean },
  key: string,
): Claimed {
  const hold = { claimKey: key, fence: reply.fence };
  return {
    kind: "forward",
    dedupe: reply.takenOver ? "taken_over" : "first",
    hold,
    breaker: reply.breaker,
  };
}

function forward(dedupe: DedupeNote, hold: Hold | undefined): Claimed {
  return { kind: "forward", dedupe, hold, breaker: "closed" };
}

async function fromKv(
  key: string,
  ports: Pick<Ports, "clock" | "answers">,
): Promise<Claimed | undefined> {
  if (ports.answers === undefined) return undefined;
  const stored = await within(ports.answers.get(key), KV_PATIENCE_MS, ports.clock);
  if (stored === undefined) return undefined;
  return {
    kind: "duplicate",
    dedupe: "kv",
    answer: stored.answer,
    firstDeliveryId: stored.deliveryId,
  };
}
