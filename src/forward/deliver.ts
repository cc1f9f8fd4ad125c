import type { Overrides } from "../config/types.ts";
import type { Clock, OriginClient, Random } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import { judgeReply, type JudgedReply, type JudgeOptions } from "./classify.ts";
import type { Attempt, AttemptOutcome, OriginReply, OriginRequest } from "./origin.ts";
import { attemptFloorMs, decideRetry } from "./retry.ts";

/** All attempts at one target, the origin or the fallback. */
export interface DeliverInput {
  readonly to: Attempt["to"];
  readonly overrides: Overrides;
  /** Epoch ms by which the last attempt must have ended. */
  readonly deadlineMs: number;
  /** Attempts made at another target before: the log numbers all of them in one row. */
  readonly attemptsBefore: number;
  /** Makes the request of one attempt; `number` is the attempt's. */
  readonly request: (number: number) => OriginRequest;
  readonly judge: JudgeOptions;
  readonly ports: {
    readonly clock: Clock;
    readonly random: Random;
    readonly originClient: OriginClient;
  };
}

/** What came of them. */
export type Delivered =
  | {
      readonly kind: "usable";
      readonly reply: Extract<OriginReply, { kind: "answered" }>;
      readonly attempts: readonly Attempt[];
    }
  | { readonly kind: "failed"; readonly twilioCode: number; readonly attempts: readonly Attempt[] };

/**
 * Tries one target until it has a usable answer, the retry policy is used up, or the next attempt
 * could not finish before the deadline. An attempt that runs out of time is aborted: no fetch
 * outlives its answer.
 */
export async function deliver(input: DeliverInput): Promise<Delivered> {
  const { clock, random } = input.ports;
  const floorMs = attemptFloorMs(input.overrides);
  const attempts: Attempt[] = [];
  for (;;) {
    const startedAtMs = clock.now();
    const leftMs = input.deadlineMs - startedAtMs;
    if (leftMs < floorMs) return { kind: "failed", twilioCode: lastCode(attempts), attempts };

    const timeoutMs = Math.min(leftMs, input.overrides.attemptTimeoutMs ?? leftMs);
    const number = input.attemptsBefore + attempts.length + 1;
    const { attempt, judged } = await attemptOnce(input, number, timeoutMs);
    attempts.push(attempt);
    if (judged.kind === "usable") return { kind: "usable", reply: judged.reply, attempts };
    const { retryAfter, ...outcome } = judged;
    const decided = decideRetry({
      failed: { class: outcome.class, status: outcome.status, retryAfter, number: attempts.length },
      policy: input.overrides,
      nowMs: clock.now(),
      deadlineMs: input.deadlineMs,
      random: random(),
    });
    if (decided.kind === "give_up")
      return { kind: "failed", twilioCode: outcome.twilioCode, attempts };
    await clock.sleep(decided.delayMs);
  }
}

/**
 * Makes one attempt, and tells how it went: for the log, and as the judge says it. It is aborted when
 * its time is up. Never rejects.
 */
export async function attemptOnce(
  { to, request, judge, ports }: Pick<DeliverInput, "to" | "request" | "judge" | "ports">,
  number: number,
  timeoutMs: number,
): Promise<{ readonly attempt: Attempt; readonly judged: JudgedReply }> {
  const { clock, originClient } = ports;
  const startedAtMs = clock.now();
  const reply = await fetchOnce(originClient, request(number), timeoutMs, clock);
  const judged = judgeReply(reply, judge);
  const durationMs = clock.now() - startedAtMs;
  return {
    attempt: { number, to, startedAtMs, durationMs, timeoutMs, outcome: outcomeOf(judged) },
    judged,
  };
}

function outcomeOf(judged: JudgedReply): AttemptOutcome {
  if (judged.kind === "usable") {
    const notes = judged.notes.map(({ detail }) => detail);
    return { kind: "usable", status: judged.reply.status, notes };
  }
  const { retryAfter: _asked, ...outcome } = judged;
  return outcome;
}

/**
 * One fetch, bound by its timeout even where the network does not heed the signal. No timer is left when
 * it is over: one would keep a Durable Object awake, which is billed.
 */
async function fetchOnce(
  originClient: OriginClient,
  request: OriginRequest,
  timeoutMs: number,
  clock: Clock,
): Promise<OriginReply> {
  const controller = new AbortController();
  const sent = originClient.send(request, controller.signal);
  const reply = await within(sent, timeoutMs, clock);
  if (reply !== undefined) return reply;
  const message = "no complete answer in time";
  controller.abort(new DOMException(message, "TimeoutError"));
  // How far it had come is told at once, where the signal is heeded.
  const cutOff = await within(sent, 0, clock);
  return cutOff ?? { kind: "threw", name: "TimeoutError", message, afterHeaders: false };
}

function lastCode(attempts: readonly Attempt[]): number {
  const last = attempts.at(-1)?.outcome;
  return last?.kind === "failed" ? last.twilioCode : errorCodes.totalTimeout;
}
