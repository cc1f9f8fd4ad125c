import type { Answer } from "../check/answer-types.ts";
import type { Claimed } from "../claim/claim.ts";
import type { OriginConfig } from "../config/types.ts";
import type { Outcome } from "../outcome.ts";
import { utf8 } from "../shared/utf8.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import type { UnverifiedWebhook, VerifiedWebhook } from "../verify/verified-webhook.ts";
import { askFallback, askOrigin, type ForwardPorts } from "./ask.ts";
import { deadlinesOf, type Deadlines } from "./deadline.ts";
import { traceOf } from "./trace.ts";

/** A webhook on its way to its origin. */
export interface Forwarding {
  readonly webhook: VerifiedWebhook;
  readonly origin: OriginConfig;
  readonly deadlines: Deadlines;
  readonly claimed: Extract<Claimed, { kind: "forward" }>;
}

/**
 * Finds an answer inside the deadline: the origin's, the fallback URL's in the time kept back for it,
 * the fixed TwiML, in this order. An open breaker leaves the origin out where there is a fallback, so
 * that a caller hears it now and not when the time is up.
 */
export async function forwardWebhook(
  forwarding: Forwarding,
  ports: ForwardPorts,
): Promise<Outcome> {
  const { webhook, origin, deadlines, claimed } = forwarding;
  const { fallback } = origin;
  const common = { webhook, origin, dedupe: claimed.dedupe };
  const trace = traceOf(webhook.headers.get("traceparent"), ports.random);
  const isLeftOut = origin.hasBreaker && claimed.breaker === "open" && fallback.kind !== "none";

  const first = isLeftOut
    ? ({ kind: "failed", twilioCode: errorCodes.retrievalFailure, attempts: [] } as const)
    : await askOrigin({ webhook, origin, trace, deadlineMs: deadlines.originMs }, ports);
  const { attempts } = first;
  if (first.kind === "usable")
    return { kind: "answered", ...common, answer: first.answer, attempts };
  if (fallback.kind === "none")
    return { kind: "failed", ...common, attempts, twilioCode: first.twilioCode };

  if (fallback.kind === "url") {
    const second = await askFallback(
      { webhook, origin, trace, deadlineMs: deadlines.answerMs },
      fallback.target,
      first,
      ports,
    );
    const all = [...attempts, ...second.attempts];
    if (second.kind === "usable") {
      const { answer } = second;
      return {
        kind: "fell_back",
        ...common,
        answer,
        from: "url",
        attempts: all,
        twilioCode: first.twilioCode,
      };
    }
    if (fallback.twiml === undefined)
      return { kind: "failed", ...common, attempts: all, twilioCode: second.twilioCode };
    return fixedTwiml(fallback.twiml, { ...common, attempts: all, twilioCode: first.twilioCode });
  }
  return fixedTwiml(fallback.twiml, { ...common, attempts, twilioCode: first.twilioCode });
}

/**
 * Forwards what could not be proven to be Twilio's, under `verify = "observe"`: with the signature it
 * came with and none of ours, marked, to the origin alone (G1).
 */
export async function forwardUnverified(
  webhook: UnverifiedWebhook,
  origin: OriginConfig,
  ports: ForwardPorts,
): Promise<Outcome> {
  const { answerMs: deadlineMs } = deadlinesOf(origin, webhook.receivedAtMs);
  const trace = traceOf(webhook.headers.get("traceparent"), ports.random);
  const delivered = await askOrigin({ webhook, origin, trace, deadlineMs }, ports);
  const { attempts } = delivered;
  const common = { webhook, origin, dedupe: "off" } as const;
  if (delivered.kind === "usable")
    return { kind: "answered", ...common, answer: delivered.answer, attempts };
  return { kind: "failed", ...common, attempts, twilioCode: delivered.twilioCode };
}

function fixedTwiml(
  twiml: string,
  outcome: Omit<Extract<Outcome, { kind: "fell_back" }>, "kind" | "answer" | "from">,
): Outcome {
  const answer: Answer = {
    status: 200,
    headers: [["Content-Type", "text/xml; charset=utf-8"]],
    body: utf8(twiml),
  };
  return { kind: "fell_back", ...outcome, answer, from: "twiml" };
}
