import type { Answer } from "../check/answer-types.ts";
import type { OriginConfig } from "../config/types.ts";
import type { DeliveryOutcome, DeliveryRecord, RecordedRequest } from "../ledger/delivery.ts";
import type { Outcome } from "../outcome.ts";
import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { RawUrl, ReceivedWebhook } from "../receive/webhook.ts";
import { isSid, statusOf } from "../twilio/parameters.ts";
import { describe } from "./describe.ts";
import { redactBody, redactEncoded, redactHeaders } from "./redact.ts";

const MAX_SIDS = 20;
const MAX_JSON_BYTES = 256 * 1024;
/** A refused request is a stranger's: so much of it is kept, bytes and characters. */
const MAX_REFUSED_BODY_BYTES = 16 * 1024;
const MAX_REFUSED_QUERY_CHARACTERS = 4_096;
const MAX_REFUSED_HEADERS = 50;
const MAX_REFUSED_HEADER_CHARACTERS = 512;

/**
 * Builds the record of a webhook that is over, without what must not be kept (G8).
 *
 * @param input.answer What Twilio is given.
 * @param input.endedAtMs Epoch ms.
 */
export function deliveryRecord(input: {
  readonly outcome: Outcome;
  readonly answer: Answer;
  readonly endedAtMs: number;
  readonly hasHungUp: boolean;
}): DeliveryRecord {
  const { outcome, answer, endedAtMs, hasHungUp } = input;
  const said = describe(outcome);
  const known = knownRequest(outcome);
  return {
    id: known.deliveryId,
    outcome: said.outcome,
    reason: said.reason,
    origin: said.origin,
    receivedAtMs: known.receivedAtMs,
    durationMs: endedAtMs - known.receivedAtMs,
    hasHungUp,
    accountSid: said.accountSid,
    ...identifiers(known.webhook),
    httpStatus: answer.status,
    errorCode: said.errorCode,
    isVerified: said.isVerified,
    keyName: said.keyName,
    candidate: said.candidate,
    dedupe: said.dedupe,
    firstDeliveryId: said.firstDeliveryId,
    request: recordedRequest(
      known,
      isStranger(said.outcome, said.isVerified),
      originOf(outcome)?.log.bodies ?? true,
    ),
    attempts: said.attempts,
    answer: keepsAnswer(outcome) ? answer : undefined,
  };
}

/** Whether the origin's `log.keep` covers an outcome. What has no origin is always covered. */
export function isKept(outcome: Outcome): boolean {
  const keep = originOf(outcome)?.log.keep ?? "all";
  if (keep !== "failures") return keep === "all";
  switch (outcome.kind) {
    case "answered":
      return false;
    case "duplicate":
      return outcome.answer === undefined;
    case "unreceived":
    case "unrouted":
    case "refused":
    case "misconfigured":
    case "websocket":
    case "fell_back":
    case "failed":
      return true;
  }
}

/** The origin a webhook was for, if it got so far. */
export function originOf(outcome: Outcome): OriginConfig | undefined {
  return "origin" in outcome ? outcome.origin : undefined;
}

interface KnownRequest {
  readonly deliveryId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  readonly rawUrl: RawUrl | undefined;
  readonly webhook: ReceivedWebhook | undefined;
}

function knownRequest(outcome: Outcome): KnownRequest {
  if (outcome.kind !== "unreceived") return { ...outcome.webhook, webhook: outcome.webhook };
  return { ...outcome.request, rawUrl: parseRawUrl(outcome.request.url), webhook: undefined };
}

function isStranger(outcome: DeliveryOutcome, isVerified: boolean): boolean {
  return !isVerified || outcome === "refused";
}

// A duplicate's answer is the first delivery's: kept there.
function keepsAnswer(outcome: Outcome): boolean {
  if (outcome.kind === "duplicate") return false;
  return originOf(outcome)?.log.bodies ?? false;
}

function recordedRequest(
  known: KnownRequest,
  isStrangers: boolean,
  areBodiesKept: boolean,
): RecordedRequest {
  const { rawUrl, webhook } = known;
  const query = rawUrl?.query === undefined ? undefined : redactEncoded(rawUrl.query);
  const body = webhook === undefined ? undefined : redactBody(webhook.headers, webhook.body);
  const headers = webhook === undefined ? [] : redactHeaders(webhook.headers);
  return {
    method: known.method,
    scheme: rawUrl?.scheme ?? "",
    host:
      rawUrl === undefined
        ? ""
        : rawUrl.host + (rawUrl.port === undefined ? "" : `:${rawUrl.port}`),
    path: isStrangers
      ? (rawUrl?.path.slice(0, MAX_REFUSED_QUERY_CHARACTERS) ?? "")
      : (rawUrl?.path ?? ""),
    query: isStrangers ? query?.kept.slice(0, MAX_REFUSED_QUERY_CHARACTERS) : query?.kept,
    headers: isStrangers
      ? headers
          .slice(0, MAX_REFUSED_HEADERS)
          .map(([name, value]) => [
            name.slice(0, MAX_REFUSED_HEADER_CHARACTERS),
            value.slice(0, MAX_REFUSED_HEADER_CHARACTERS),
          ])
      : headers,
    body: areBodiesKept
      ? isStrangers
        ? body?.kept.slice(0, MAX_REFUSED_BODY_BYTES)
        : body?.kept
      : undefined,
    bodyBytes: webhook?.body.byteLength ?? 0,
    isRedacted: (query?.isRedacted ?? false) || (body?.isRedacted ?? false),
  };
}

/** What a delivery is found by. */
function identifiers(
  webhook: ReceivedWebhook | undefined,
): Pick<DeliveryRecord, "sids" | "twilioStatus"> {
  if (webhook === undefined) return { sids: [], twilioStatus: undefined };
  const parameters = [...parseQuery(webhook.rawUrl.query), ...bodyFields(webhook)];
  const sids = parameters
    .filter(([name, value]) => isSid(value) && !/^account_?sid$/i.test(name))
    .map(([, value]) => value);
  return {
    sids: [...new Set(sids)].slice(0, MAX_SIDS),
    twilioStatus: statusOf((wanted) => parameters.find(([name]) => name === wanted)?.[1])?.slice(
      0,
      64,
    ),
  };
}

function bodyFields(webhook: ReceivedWebhook): readonly (readonly [string, string])[] {
  if (isForm(webhook.headers)) return parseForm(webhook.body);
  if (webhook.body.byteLength > MAX_JSON_BYTES) return [];
  const fields: [string, string][] = [];
  try {
    JSON.parse(new TextDecoder().decode(webhook.body), (name, value: unknown) => {
      if (typeof value === "string") fields.push([name, value]);
      return value;
    });
  } catch {
    return [];
  }
  return fields;
}
