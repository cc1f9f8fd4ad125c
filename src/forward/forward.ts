import type { Claimed } from "../claim/claim.ts";
import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig, Target } from "../config/types.ts";
import { fallbackRequest } from "../fallback/request.ts";
import type { Outcome } from "../outcome.ts";
import type { Parameters, ReceivedWebhook, WebhookMethod } from "../receive/webhook.ts";
import { answerHeaders } from "../respond/answer-headers.ts";
import type { Ports } from "../shared/ports.ts";
import { utf8 } from "../shared/utf8.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import { sign, signedText } from "../verify/signature.ts";
import type { UnverifiedWebhook, VerifiedWebhook } from "../verify/verified-webhook.ts";
import { deadlinesOf, type Deadlines } from "./deadline.ts";
import { deliver, type Delivered } from "./deliver.ts";
import type { Attempt } from "./origin.ts";
import { requestHeaders, type Signing } from "./request-headers.ts";
import { originUrl } from "./target-url.ts";
import { traceOf, type Trace } from "./trace.ts";

/** The most that is read of an answer, bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** A webhook on its way to its origin. */
export interface Forwarding {
  readonly webhook: VerifiedWebhook;
  readonly origin: OriginConfig;
  readonly deadlines: Deadlines;
  readonly claimed: Extract<Claimed, { kind: "forward" }>;
}

type ForwardPorts = Pick<Ports, "clock" | "random" | "originClient">;

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

/** What asking one target came to, ready for Twilio. */
type Asked =
  | { readonly kind: "usable"; readonly answer: Answer; readonly attempts: readonly Attempt[] }
  | { readonly kind: "failed"; readonly twilioCode: number; readonly attempts: readonly Attempt[] };

/** Which webhook, and until when; unverified ones get no further than their origin. */
interface About<W extends ReceivedWebhook = VerifiedWebhook | UnverifiedWebhook> {
  readonly webhook: W;
  readonly origin: OriginConfig;
  readonly trace: Trace;
  /** Epoch ms by which the last attempt must have ended. */
  readonly deadlineMs: number;
}

async function askOrigin(about: About, ports: ForwardPorts): Promise<Asked> {
  const { webhook, origin } = about;
  const url = originUrl(origin.target, origin.route, webhook.rawUrl);
  if (url === undefined) return outside;
  const question: Question = {
    to: "origin",
    target: origin.target,
    url,
    method: webhook.method,
    body: webhook.method === "GET" ? undefined : webhook.body,
    parameters: "unverified" in webhook ? [] : webhook.parameters,
    attemptsBefore: 0,
    hadAuthorization: webhook.headers.has("authorization"),
    configured: origin.headers,
  };
  return ask(question, await originProof(webhook, origin, question), about, ports);
}

async function askFallback(
  about: About<VerifiedWebhook>,
  target: Target,
  failed: Extract<Asked, { kind: "failed" }>,
  ports: ForwardPorts,
): Promise<Asked> {
  const { webhook, origin } = about;
  const { route, publicUrl } = origin;
  const request = fallbackRequest({
    webhook,
    target,
    route,
    publicUrl,
    errorCode: failed.twilioCode,
  });
  if (request === undefined) return outside;
  const question: Question = {
    to: "fallback",
    target,
    ...request,
    attemptsBefore: failed.attempts.length,
    // Twilio's repeat with credentials would go to the origin: a challenge here is a failure.
    hadAuthorization: true,
    // Meant for the origin, and often its credentials.
    configured: [],
  };
  // Always anew: its parameters are not those that Twilio signed.
  const proof = { webhook, signing: await signedAnew(webhook, question) };
  return ask(question, proof, about, ports);
}

/** The path leads out of the configured target. Receiving refuses such paths: this is the second lock. */
const outside: Asked = { kind: "failed", twilioCode: errorCodes.retrievalFailure, attempts: [] };

interface Question {
  readonly to: Attempt["to"];
  readonly target: Target;
  readonly url: string;
  readonly method: WebhookMethod;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** What the signature covers beside the URL. */
  readonly parameters: Parameters;
  readonly attemptsBefore: number;
  readonly hadAuthorization: boolean;
  /** Extra headers of the configuration. */
  readonly configured: OriginConfig["headers"];
}

async function ask(
  question: Question,
  proof: Proof,
  about: About,
  ports: ForwardPorts,
): Promise<Asked> {
  const { to, target, url, method, body, configured } = question;
  const { origin, trace, deadlineMs, webhook } = about;
  const delivered = await deliver({
    to,
    overrides: target.overrides,
    deadlineMs,
    attemptsBefore: question.attemptsBefore,
    judge: { policy: origin.answer, hadAuthorization: question.hadAuthorization },
    request: (attemptNumber) => ({
      url,
      method,
      body,
      headers: requestHeaders({
        ...proof,
        to,
        attemptNumber,
        trace,
        random: ports.random,
        configured,
      }),
      maxBodyBytes: MAX_ANSWER_BYTES,
    }),
    ports,
  });
  return delivered.kind === "failed" ? delivered : withAnswer(delivered, webhook, origin, question);
}

/** How a request shows that Twilio sent it: only what is proven is signed anew (G1). */
type Proof =
  | { readonly webhook: VerifiedWebhook; readonly signing: Exclude<Signing, { kind: "none" }> }
  | { readonly webhook: UnverifiedWebhook; readonly signing: Exclude<Signing, { kind: "twilio" }> };

async function originProof(
  webhook: VerifiedWebhook | UnverifiedWebhook,
  origin: OriginConfig,
  question: Question,
): Promise<Proof> {
  const keep = { kind: "keep", publicUrl: origin.publicUrl } as const;
  if ("unverified" in webhook)
    return { webhook, signing: origin.sign === "keep" ? keep : { kind: "none" } };
  return { webhook, signing: origin.sign === "keep" ? keep : await signedAnew(webhook, question) };
}

async function signedAnew(
  { signingKey: key }: VerifiedWebhook,
  { url, parameters }: Question,
): Promise<Extract<Signing, { kind: "twilio" }>> {
  return { kind: "twilio", key, signature: await sign(key, signedText(url, parameters)) };
}

function withAnswer(
  { reply, attempts }: Extract<Delivered, { kind: "usable" }>,
  { rawUrl }: ReceivedWebhook,
  { route, publicUrl }: OriginConfig,
  { target, url }: Question,
): Asked {
  const headers = answerHeaders(reply, { target, route, rawUrl, publicUrl, requestUrl: url });
  return { kind: "usable", answer: { status: reply.status, headers, body: reply.body }, attempts };
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
