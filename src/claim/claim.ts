import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig } from "../config/types.ts";
import type { BreakerState, ClaimReply, ClaimRequest } from "../ledger/protocol.ts";
import type { Deadlines } from "../forward/deadline.ts";
import type { DedupeNote } from "../outcome.ts";
import { openAnswer } from "../log/sealed-record.ts";
import type { AnswerStored } from "./stored-answer.ts";
import type { Ports } from "../shared/ports.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { within } from "../shared/within.ts";

/** How long the ledger may take to answer a claim, and KV to give an answer after that, ms. */
const LEDGER_PATIENCE_MS = 1_000;
const KV_PATIENCE_MS = 500;
/** And at most so large a part of what is left for the origin: a small budget is not used up by bookkeeping. */
const LEDGER_SHARE = 1 / 4;
const KV_SHARE = 1 / 8;
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
      /** A claim that came with it, to be settled with its answer. */
      readonly hold: Hold | undefined;
    };

/** What claiming works with. */
type ClaimPorts = Pick<Ports, "clock" | "ledger" | "answers" | "recentAnswers" | "sealer">;

/**
 * Makes sure that one webhook is forwarded once at a time (G4).
 *
 * In this order: is it claimed at all; what this isolate has just answered; the ledger's word, waited for one second; where it gives none,
 * KV's answer; where there is none either, the webhook goes on unclaimed, since twice is better than
 * never (G7: fails open). A duplicate of one that runs waits for it within its own budget.
 *
 * @param key Its claim key; `undefined` when nothing identifies it.
 * None of it takes longer than a part of the budget (G3).
 */
export async function claimWebhook(
  webhook: VerifiedWebhook,
  origin: OriginConfig,
  key: string | undefined,
  deadlines: Deadlines,
  ports: ClaimPorts,
): Promise<Claimed> {
  if (key === undefined) return forward("off", undefined);
  const recent = ports.recentAnswers.get(key, ports.clock.now());
  if (recent !== undefined) return duplicate("isolate", recent);
  if (origin.dedupe?.store === "kv") {
    const hold = { claimKey: key, fence: undefined };
    return (await fromKv(key, undefined, deadlines, ports)) ?? forward("first", hold);
  }
  const request: ClaimRequest = {
    claimKey: key,
    deliveryId: webhook.deliveryId,
    origin: origin.name,
    isListed: origin.log.keep !== "none",
    leaseMs: deadlines.answerMs - ports.clock.now() + LEASE_GRACE_MS,
  };
  const asked = ledgerClaim(request, ports);
  const patienceMs = patience(LEDGER_PATIENCE_MS, LEDGER_SHARE, deadlines, ports);
  const reply = await within(asked, patienceMs, ports.clock);
  if (reply === undefined) {
    const late = asked.then((said) => (said?.state === "first" ? said.fence : undefined));
    const hold = { claimKey: key, fence: late };
    return (await fromKv(key, undefined, deadlines, ports)) ?? forward("unavailable", hold);
  }
  return follow(reply, request, deadlines, ports, WAITS);
}

/** For a webhook that the ledger did not answer for: it goes on all the same, and settles what it may hold. */
export function unclaimed(key: string | undefined): Extract<Claimed, { kind: "forward" }> {
  return forward(
    "unavailable",
    key === undefined ? undefined : { claimKey: key, fence: undefined },
  );
}

/** The ledger's word, `undefined` when it cannot be reached. */
function ledgerClaim(request: ClaimRequest, ports: ClaimPorts): Promise<ClaimReply | undefined> {
  return ports.ledger.claim(request).catch(() => undefined);
}

/** Acts on the ledger's word. */
async function follow(
  reply: ClaimReply,
  request: ClaimRequest,
  deadlines: Deadlines,
  ports: ClaimPorts,
  waitsLeft: number,
): Promise<Claimed> {
  switch (reply.state) {
    case "first":
      return first(reply, request.claimKey, deadlines, ports);
    case "done":
      return opened("ledger", reply, request.claimKey, ports);
    case "done_large":
    case "running":
      return waitForHolder(reply, request, deadlines, ports, waitsLeft);
  }
}

async function waitForHolder(
  reply: Extract<ClaimReply, { state: "running" | "done_large" }>,
  request: ClaimRequest,
  deadlines: Deadlines,
  ports: ClaimPorts,
  waitsLeft: number,
): Promise<Claimed> {
  const leftMs = (): number => Math.max(0, deadlines.answerMs - ports.clock.now());
  const waitMs = leftMs();
  const leaseMs = waitMs + LEASE_GRACE_MS;
  const asked = ports.ledger
    .wait({ ...request, fence: reply.fence, leaseMs, waitMs, attemptFloorMs: ATTEMPT_FLOOR_MS })
    .catch(() => "unreachable" as const);
  // The ledger keeps the time; this clock is for the case that it does not.
  const waited = await within(asked, waitMs, ports.clock);
  if (waited === "unreachable") {
    // An object that was reset (a deploy, say) still knows who holds the claim: ask again.
    const patienceMs = Math.min(LEDGER_PATIENCE_MS, leftMs());
    const again =
      waitsLeft === 0
        ? undefined
        : await within(ledgerClaim(request, ports), patienceMs, ports.clock);
    if (again !== undefined) return follow(again, request, deadlines, ports, waitsLeft - 1);
    return forward("unavailable", { claimKey: request.claimKey, fence: undefined });
  }
  if (waited === undefined || waited.state === "timed_out") return duplicate("waited", undefined);
  if (waited.state === "first") return first(waited, request.claimKey, deadlines, ports);
  const dedupe = reply.state === "running" ? "waited" : "ledger";
  return opened(dedupe, waited, request.claimKey, ports);
}

/**
 * A duplicate with the first one's answer. Where that was sealed with a `LOG_KEY` that is not there any more
 * the webhook goes on instead: twice is better than never.
 */
async function opened(
  dedupe: DedupeNote,
  stored: AnswerStored,
  claimKey: string,
  { sealer }: ClaimPorts,
  hold?: Hold,
): Promise<Claimed> {
  const answer = await openAnswer(stored.answer, claimKey, sealer);
  if (answer === undefined) return forward("unavailable", { claimKey, fence: undefined });
  return duplicate(dedupe, { ...stored, answer }, hold);
}

/** A holder that is gone may have written its answer to KV before the ledger heard of it. */
async function first(
  { fence, breaker, takenOver }: Extract<ClaimReply, { state: "first" }>,
  claimKey: string,
  deadlines: Deadlines,
  ports: ClaimPorts,
): Promise<Claimed> {
  const hold = { claimKey, fence };
  const stored = takenOver ? await fromKv(claimKey, hold, deadlines, ports) : undefined;
  return stored ?? { kind: "forward", dedupe: takenOver ? "taken_over" : "first", hold, breaker };
}

function forward(
  dedupe: DedupeNote,
  hold: Hold | undefined,
): Extract<Claimed, { kind: "forward" }> {
  return { kind: "forward", dedupe, hold, breaker: "closed" };
}

function duplicate(dedupe: DedupeNote, stored: AnswerStored | undefined, hold?: Hold): Claimed {
  return {
    kind: "duplicate",
    dedupe,
    answer: stored?.answer,
    firstDeliveryId: stored?.deliveryId,
    hold,
  };
}

async function fromKv(
  key: string,
  hold: Hold | undefined,
  deadlines: Deadlines,
  ports: ClaimPorts,
): Promise<Claimed | undefined> {
  if (ports.answers === undefined) return undefined;
  const patienceMs = patience(KV_PATIENCE_MS, KV_SHARE, deadlines, ports);
  const stored = await within(ports.answers.get(key), patienceMs, ports.clock);
  return stored === undefined ? undefined : opened("kv", stored, key, ports, hold);
}

/** How long bookkeeping may take: so long, and at most a part of what is left for the origin. */
export function patience(
  mostMs: number,
  share: number,
  { originMs }: Pick<Deadlines, "originMs">,
  { clock }: Pick<ClaimPorts, "clock">,
): number {
  return Math.min(mostMs, Math.max(0, Math.floor((originMs - clock.now()) * share)));
}
