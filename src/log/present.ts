import type { Answer } from "../check/answer-types.ts";
import type { Attempt } from "../forward/origin.ts";
import { nextNumber } from "../ledger/after-attempt.ts";
import type { DeliveryRecord, Pending, RecordedRequest, Stages } from "../ledger/delivery.ts";
import type { DeliverySummary } from "../ledger/row.ts";
import { parseForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { binaryText } from "../shared/binary-text.ts";
import { errorNameOf } from "../twilio/error-codes.ts";
import { isShown } from "./kept-signature.ts";
import {
  maskJson,
  maskMarkup,
  maskParameters,
  maskPath,
  maskUrl,
  maskValue,
  type MaskRule,
} from "./mask.ts";

/** Of a path in the list, characters. */
const MAX_LISTED_PATH = 200;

/** A row of the list, in the API's spelling. Nothing in it is personal. */
export function presentSummary(summary: DeliverySummary): Record<string, unknown> {
  return {
    id: summary.id,
    outcome: summary.outcome,
    reason: summary.reason ?? null,
    origin: summary.origin ?? null,
    method: summary.method || null,
    path: maskPath(summary.path).slice(0, MAX_LISTED_PATH) || null,
    received_at: isoText(summary.receivedAtMs),
    duration_ms: summary.durationMs,
    account_sid: summary.accountSid ?? null,
    sids: summary.sids,
    twilio_status: summary.twilioStatus ?? null,
    http_status: summary.httpStatus === 0 ? null : summary.httpStatus,
    error_code: summary.errorCode ?? null,
    error: summary.errorCode === undefined ? null : (errorNameOf(summary.errorCode) ?? null),
    attempts: summary.attempts,
    under_way: summary.pending?.lease !== undefined,
    next_attempt_at: nextAttemptAt(summary.pending),
  };
}

/** When it is sent next; `null` when it is not, or is just now. */
function nextAttemptAt(pending: Pending | undefined): string | null {
  return pending === undefined || pending.lease !== undefined ? null : isoText(pending.dueAtMs);
}

/**
 * A delivery as the API shows it.
 * @param mask Which parameters are masked; `undefined` shows everything that is kept.
 * @param withheld Why the request cannot be shown, where it cannot.
 */
export function presentDelivery(
  record: DeliveryRecord,
  mask: MaskRule | undefined,
  withheld?: string,
): Record<string, unknown> {
  return {
    ...presentSummary({
      ...record,
      method: record.request.method,
      path: record.request.path,
      attempts: nextNumber(record) - 1,
    }),
    verified: record.isVerified,
    key: record.keyName ?? null,
    signed_url: record.candidate ?? null,
    dedupe: record.dedupe ?? null,
    first_delivery_id: record.firstDeliveryId ?? null,
    hung_up: record.hasHungUp,
    stages: {
      received_ms: record.stages.receivedMs ?? null,
      verified_ms: record.stages.verifiedMs ?? null,
      claimed_ms: record.stages.claimedMs ?? null,
    },
    replay: record.replay ?? null,
    masked: mask !== undefined,
    request: { ...presentRequest(record.request, mask), withheld: withheld ?? null },
    attempts: record.attempts.map(presentAttempt),
    answer: record.answer === undefined ? null : presentAnswer(record.answer, mask),
    timeline: timeline(record),
  };
}

function presentRequest(
  request: RecordedRequest,
  mask: MaskRule | undefined,
): Record<string, unknown> {
  const type = headerOf(request.headers, "content-type");
  const query = parseQuery(request.query);
  return {
    method: request.method,
    url: `${request.scheme}://${request.host}${mask === undefined ? request.path : maskPath(request.path)}`,
    query: presentParameters(query, mask),
    headers: request.headers.filter(isShown),
    content_type: type ?? null,
    body_bytes: request.bodyBytes,
    ...(mask === undefined ? { raw_body: base64(request.body) } : {}),
    ...presentBody(request.body, type, mask),
    redacted: request.isRedacted,
  };
}

/** The bytes as received: what a replay sends. */
function base64(body: Uint8Array<ArrayBuffer> | undefined): string | null {
  return body === undefined ? null : btoa(binaryText(body));
}

/** A form as its parameters, anything else as text; masked by its kind. */
function presentBody(
  body: Uint8Array<ArrayBuffer> | undefined,
  type: string | undefined,
  mask: MaskRule | undefined,
): Record<string, unknown> {
  if (body === undefined) return { parameters: null, body: null };
  if (type?.toLowerCase().startsWith("application/x-www-form-urlencoded") === true) {
    return { parameters: presentParameters(parseForm(body), mask), body: null };
  }
  const text = new TextDecoder().decode(body);
  return {
    parameters: null,
    body: mask === undefined ? text : (maskJson(text, mask) ?? maskValue(text)),
  };
}

function presentParameters(
  parameters: Parameters,
  mask: MaskRule | undefined,
): readonly Record<string, string>[] {
  const shown = mask === undefined ? parameters : maskParameters(parameters, mask);
  return shown.map(([name, value]) => ({ name, value }));
}

/** An attempt, in the API's spelling. */
export function presentAttempt(attempt: Attempt): Record<string, unknown> {
  const { outcome } = attempt;
  return {
    number: attempt.number,
    to: attempt.to,
    started_at: isoText(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    timeout_ms: attempt.timeoutMs,
    replay: attempt.replay ?? null,
    result: outcome.kind,
    status: outcome.status ?? null,
    class: outcome.kind === "failed" ? outcome.class : null,
    twilio_code: outcome.kind === "failed" ? outcome.twilioCode : null,
    detail: outcome.kind === "failed" ? outcome.detail : outcome.notes.join(" ") || null,
  };
}

function presentAnswer(answer: Answer, mask: MaskRule | undefined): Record<string, unknown> {
  const type = headerOf(answer.headers, "content-type");
  const text = new TextDecoder().decode(answer.body);
  return {
    status: answer.status,
    headers: answer.headers.map(([name, value]) => [
      name,
      mask !== undefined && name.toLowerCase() === "location" ? maskUrl(value, mask) : value,
    ]),
    body_bytes: answer.body.byteLength,
    body: mask === undefined ? text : maskAnswer(text, type ?? "", mask),
  };
}

function maskAnswer(text: string, type: string, mask: MaskRule): string {
  if (/xml|html/i.test(type)) return maskMarkup(text);
  // A message's text may look like JSON: a number, say, which is a code.
  return (/json/i.test(type) ? maskJson(text, mask) : undefined) ?? maskValue(text);
}

/** What happened when, in ms since receipt. */
function timeline(record: DeliveryRecord): readonly Record<string, unknown>[] {
  const since = (atMs: number): number => atMs - record.receivedAtMs;
  return [
    { at_ms: 0, event: "received" },
    ...stageEvents(record.stages),
    ...record.attempts.flatMap(({ number, to, startedAtMs, durationMs, outcome }) => [
      { at_ms: since(startedAtMs), event: `attempt ${number} to the ${to}` },
      {
        at_ms: since(startedAtMs + durationMs),
        event: `attempt ${number}: ${outcome.kind === "usable" ? outcome.status : outcome.class}`,
      },
    ]),
    { at_ms: record.durationMs, event: answeredAs(record) },
  ].toSorted((one, other) => one.at_ms - other.at_ms);
}

function stageEvents(stages: Stages): readonly { at_ms: number; event: string }[] {
  const { receivedMs, verifiedMs, claimedMs } = stages;
  return [
    { at_ms: receivedMs, event: "body read" },
    { at_ms: verifiedMs, event: "signature checked" },
    { at_ms: claimedMs, event: "claim answered" },
  ].flatMap(({ at_ms, event }) => (at_ms === undefined ? [] : [{ at_ms, event }]));
}

/** What Twilio was told. Of what is delivered afterwards the outcome tells what became of it since. */
function answeredAs({ outcome, httpStatus }: DeliveryRecord): string {
  const isLater = outcome === "queued" || outcome === "delivered" || outcome === "dead";
  if (!isLater) return outcome;
  return httpStatus < 400 ? "acknowledged" : "failed";
}

function headerOf(
  headers: readonly (readonly [string, string])[],
  wanted: string,
): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** An instant as the API writes it. */
export function isoText(atMs: number): string {
  // oxlint-disable-next-line no-restricted-globals -- reads no clock: an instant to its text
  return new Date(atMs).toISOString();
}
