import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig, Target } from "../config/types.ts";
import { fallbackRequest } from "../fallback/request.ts";
import type { Parameters, ReceivedWebhook, WebhookMethod } from "../receive/webhook.ts";
import { answerHeaders } from "../respond/answer-headers.ts";
import type { Ports } from "../shared/ports.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import { sign, signedText } from "../verify/signature.ts";
import type { UnverifiedWebhook, VerifiedWebhook } from "../verify/verified-webhook.ts";
import type { JudgedReply } from "./classify.ts";
import { attemptOnce, deliver, type Delivered, type DeliverInput } from "./deliver.ts";
import type { Attempt } from "./origin.ts";
import { requestHeaders, type Signing } from "./request-headers.ts";
import { originUrl } from "./target-url.ts";
import type { Trace } from "./trace.ts";

/** The most that is read of an answer, bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What asking takes from outside. */
export type ForwardPorts = Pick<Ports, "clock" | "random" | "originClient">;

/** What asking one target came to, ready for Twilio. */
export type Asked =
  | { readonly kind: "usable"; readonly answer: Answer; readonly attempts: readonly Attempt[] }
  | { readonly kind: "failed"; readonly twilioCode: number; readonly attempts: readonly Attempt[] };

/** Which webhook, and until when; unverified ones get no further than their origin. */
export interface About<W extends ReceivedWebhook = VerifiedWebhook | UnverifiedWebhook> {
  readonly webhook: W;
  readonly origin: OriginConfig;
  readonly trace: Trace;
  /** Epoch ms by which the last attempt must have ended. */
  readonly deadlineMs: number;
}

/** Asks the origin, all attempts together. Never throws. */
export async function askOrigin(about: About, ports: ForwardPorts): Promise<Asked> {
  const question = originQuestion(about);
  if (question === undefined) return outside;
  return ask(question, await originProof(about.webhook, about.origin, question), about, ports);
}

/** One attempt of a webhook that Twilio does not wait for. */
export interface Once extends Omit<About<VerifiedWebhook>, "deadlineMs"> {
  /** Counts from 1. */
  readonly number: number;
  readonly timeoutMs: number;
  /** See `RequestHeadersInput.replay`. */
  readonly replay: string | undefined;
}

/**
 * Asks the origin once, of whom nothing is wanted but that it takes the webhook. Never throws.
 * @returns `undefined` when the path leads out of the configured target.
 */
export async function askOnce(
  once: Once,
  ports: ForwardPorts,
): Promise<{ readonly attempt: Attempt; readonly judged: JudgedReply } | undefined> {
  const { webhook, origin, number, timeoutMs, replay } = once;
  const question = originQuestion(once);
  if (question === undefined) return undefined;
  const proof = await originProof(webhook, origin, question);
  const input = deliverInput({ ...question, wants: "2xx" }, proof, { ...once, replay }, ports);
  return attemptOnce(input, number, timeoutMs);
}

function originQuestion({
  webhook,
  origin,
}: Pick<About, "webhook" | "origin">): Question | undefined {
  const url = originUrl(origin.target, origin.route, webhook.rawUrl);
  if (url === undefined) return undefined;
  // Often the origin's credentials: a stranger's request must not come with them.
  const configured = "unverified" in webhook ? [] : origin.headers;
  return {
    to: "origin",
    target: origin.target,
    url,
    method: webhook.method,
    body: webhook.method === "GET" ? undefined : webhook.body,
    parameters: "unverified" in webhook ? [] : webhook.parameters,
    attemptsBefore: 0,
    hadAuthorization:
      webhook.headers.has("authorization") ||
      configured.some(([name]) => /^authorization$/i.test(name)),
    wants: origin.queue === undefined ? "answer" : "2xx",
    configured,
  };
}

/** Asks the fallback URL as Twilio would, in the time that is left. Never throws. */
export async function askFallback(
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
    wants: "answer",
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
  readonly wants: DeliverInput["judge"]["wants"];
  /** Extra headers of the configuration. */
  readonly configured: OriginConfig["headers"];
}

async function ask(
  question: Question,
  proof: Proof,
  about: About,
  ports: ForwardPorts,
): Promise<Asked> {
  const { origin, webhook, deadlineMs } = about;
  const delivered = await deliver({
    ...deliverInput(question, proof, about, ports),
    overrides: question.target.overrides,
    deadlineMs,
    attemptsBefore: question.attemptsBefore,
  });
  return delivered.kind === "failed" ? delivered : withAnswer(delivered, webhook, origin, question);
}

function deliverInput(
  { to, url, method, body, configured, hadAuthorization, wants }: Question,
  proof: Proof,
  about: Pick<About, "origin" | "trace"> & { readonly replay?: string | undefined },
  ports: ForwardPorts,
): Pick<DeliverInput, "to" | "judge" | "request" | "ports"> {
  const { origin, trace, replay } = about;
  const common = { to, trace, random: ports.random, configured, replay };
  return {
    to,
    judge: { policy: origin.answer, hadAuthorization, wants },
    request: (attemptNumber) => ({
      url,
      method,
      body,
      headers: requestHeaders({ ...proof, ...common, attemptNumber }),
      maxBodyBytes: MAX_ANSWER_BYTES,
    }),
    ports,
  };
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
  { to, target, url }: Question,
): Asked {
  const headers = answerHeaders(reply, { to, target, route, rawUrl, publicUrl, requestUrl: url });
  return { kind: "usable", answer: { status: reply.status, headers, body: reply.body }, attempts };
}
