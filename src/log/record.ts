import type { Answer } from "../check/answer-types.ts";
import type { ReceivingOrigin } from "../config/types.ts";
import {
  unknownRequest,
  type DeliveryRecord,
  type RecordedRequest,
  type Stages,
} from "../ledger/delivery.ts";
import type { Outcome } from "../outcome.ts";
import { authority } from "../forward/public-url.ts";
import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { Parties } from "../ledger/protocol.ts";
import { reportOf, sentParameters, sidsIn, wordOf, type TwilioReport } from "../reports/report.ts";
import type { Parameters, RawUrl, ReceivedWebhook } from "../receive/webhook.ts";
import { isNeverKept, isPersonal, isSid, partyOf, statusOf } from "../twilio/parameters.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { describe } from "./describe.ts";
import { withSignature } from "./kept-signature.ts";
import { redactAnswer, redactBody, redactEncoded, redactHeaders } from "./redact.ts";

const MAX_SIDS = 20;
/** Of one side, and of one number or address. */
const MAX_NUMBERS = 5;
const MAX_NUMBER_CHARACTERS = 100;
const MAX_STATUS_CHARACTERS = 64;
/** Larger bodies are not searched for sids. */
const MAX_PARSED_BYTES = 256 * 1024;
/** So much of a stranger's request is looked at and kept. */
const MAX_STRANGERS_BODY_BYTES = 16 * 1024;
const MAX_STRANGERS_URL_CHARACTERS = 4_096;
const MAX_STRANGERS_HEADERS = 50;
const MAX_STRANGERS_HEADER_CHARACTERS = 256;

/** Builds the record of a webhook that is over, without what must not be kept (G8). */
export function deliveryRecord(input: RecordInput): DeliveryRecord {
  const { outcome, answer } = input;
  const known = keptPart(knownRequest(outcome), isStrangers(outcome));
  const keepsBodies = originOf(outcome)?.log.bodies ?? true;
  const request = recordedRequest(known, keepsBodies);
  const report = reportIn(outcome);
  return {
    ...bareRecord(input),
    ...identifiers(known, report),
    report,
    request: isUnproven(outcome) ? withSignature(request, outcome.webhook) : request,
    answer: keepsAnswer(outcome) ? redactAnswer(answer) : undefined,
  };
}

/** What a record is built from. */
export interface RecordInput {
  readonly outcome: Outcome;
  /** What Twilio is given. */
  readonly answer: Answer;
  readonly stages: Stages;
  /** Epoch ms. */
  readonly endedAtMs: number;
  readonly hasHungUp: boolean;
}

/** The same without anything that the sender chose. */
export function bareRecord(input: RecordInput): DeliveryRecord {
  const { outcome, answer, stages, endedAtMs, hasHungUp } = input;
  const { deliveryId, receivedAtMs, method, body } = knownRequest(outcome);
  return {
    ...describe(outcome),
    id: deliveryId,
    receivedAtMs,
    durationMs: endedAtMs - receivedAtMs,
    stages,
    hasHungUp,
    sids: [],
    twilioStatus: undefined,
    httpStatus: answer.status,
    request: { ...unknownRequest, method, bodyBytes: body.byteLength },
    answer: undefined,
    numberHashes: [],
    pending: undefined,
    stored: undefined,
    report: undefined,
    explanation: undefined,
    replay: undefined,
  };
}

/** What the log keeps of the request of a webhook that is delivered, or dead. */
export function recordedRequestOf(
  webhook: Pick<ReceivedWebhook, "method" | "rawUrl" | "headers" | "body">,
  keepsBodies: boolean,
): RecordedRequest {
  return recordedRequest({ ...webhook, bodyBytes: webhook.body.byteLength }, keepsBodies);
}

/** The same while it is queued: the rest is in what is stored to be sent, sealed where there is a `LOG_KEY`. */
export function queuedRequestOf({ method, rawUrl, body }: VerifiedWebhook): RecordedRequest {
  const { scheme, path } = rawUrl;
  const host = authority(rawUrl);
  return { ...unknownRequest, method, scheme, host, path, bodyBytes: body.byteLength };
}

/** Whether something was taken out of a webhook that it could not be delivered without: digits, card data. */
export function holdsDigits(webhook: VerifiedWebhook): boolean {
  return recordedRequestOf(webhook, true).isRedacted;
}

/** Whether `log.keep` covers a webhook that was delivered after it was queued. */
export function isDeliveredKept({ log }: Pick<ReceivingOrigin, "log">): boolean {
  return log.keep === "all";
}

/** Whether the origin's `log.keep` covers an outcome. What has no origin is always covered. */
export function isKept(outcome: Outcome): boolean {
  const keep = originOf(outcome)?.log.keep ?? "all";
  if (keep !== "failures" && outcome.kind !== "queued") return keep === "all";
  switch (outcome.kind) {
    case "answered":
    case "delivered":
      return reportIn(outcome) !== undefined; // it is told, and looked for then
    case "queued": // what is acknowledged and not delivered is never out of sight (G5)
    case "reported":
    case "not_a_report":
      return true;
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
export function originOf(outcome: Outcome): ReceivingOrigin | undefined {
  return "origin" in outcome ? outcome.origin : undefined;
}

/** What Twilio tells in a webhook of what it saw itself; of a stranger's nothing is believed. */
function reportIn(outcome: Outcome): TwilioReport | undefined {
  if (outcome.kind === "reported") return outcome.report;
  if (outcome.kind === "unreceived" || !describe(outcome).isVerified) return undefined;
  const isFallback = "attempts" in outcome && outcome.origin.takes === "twilio_fallback";
  return reportOf(outcome.webhook, isFallback ? "twilio_fallback" : "webhooks");
}

interface KnownRequest {
  readonly deliveryId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  readonly rawUrl: RawUrl | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** As received, whatever is left of the body here. */
  readonly bodyBytes: number;
}

function knownRequest(outcome: Outcome): KnownRequest {
  if (outcome.kind !== "unreceived") {
    return { ...outcome.webhook, bodyBytes: outcome.webhook.body.byteLength };
  }
  const nothing = { headers: new Headers(), body: new Uint8Array(), bodyBytes: 0 };
  return { ...outcome.request, rawUrl: parseRawUrl(outcome.request.url), ...nothing };
}

/** Not proven, and so perhaps to be explained. */
function isUnproven(outcome: Outcome): outcome is Extract<Outcome, { webhook: ReceivedWebhook }> {
  return outcome.kind !== "unreceived" && outcome.kind !== "misconfigured" && isStrangers(outcome);
}

function isStrangers(outcome: Outcome): boolean {
  return !describe(outcome).isVerified;
}

/**
 * Cuts a stranger's request before anybody looks into it: what a flood may cost is decided here.
 */
function keptPart(known: KnownRequest, isStranger: boolean): KnownRequest {
  if (!isStranger) return known;
  const { rawUrl, headers } = known;
  const cut = new Headers();
  for (const [name, value] of [...headers].slice(0, MAX_STRANGERS_HEADERS)) {
    if (name.length <= MAX_STRANGERS_HEADER_CHARACTERS) {
      cut.set(name, value.slice(0, MAX_STRANGERS_HEADER_CHARACTERS));
    }
  }
  return {
    ...known,
    rawUrl: rawUrl && {
      ...rawUrl,
      host: rawUrl.host.slice(0, MAX_STRANGERS_HEADER_CHARACTERS),
      path: rawUrl.path.slice(0, MAX_STRANGERS_URL_CHARACTERS),
      query: rawUrl.query?.slice(0, MAX_STRANGERS_URL_CHARACTERS),
    },
    headers: cut,
    body: known.body.slice(0, MAX_STRANGERS_BODY_BYTES),
  };
}

// A duplicate's answer is the first delivery's: kept there.
function keepsAnswer(outcome: Outcome): boolean {
  if (outcome.kind === "duplicate") return false;
  return originOf(outcome)?.log.bodies ?? false;
}

function recordedRequest(
  known: Omit<KnownRequest, "deliveryId" | "receivedAtMs">,
  keepsBodies: boolean,
): RecordedRequest {
  const { rawUrl, headers, method } = known;
  const query = rawUrl?.query === undefined ? undefined : redactEncoded(rawUrl.query);
  const body = redactBody(headers, known.body);
  // What a POST has in its body, a GET has in its query.
  const keepsQuery = keepsBodies || method !== "GET";
  return {
    method,
    scheme: rawUrl?.scheme ?? "",
    host: rawUrl === undefined ? "" : authority(rawUrl),
    path: rawUrl?.path ?? "",
    query: keepsQuery ? query?.kept : undefined,
    headers: redactHeaders(headers),
    body: keepsBodies ? body.kept : undefined,
    bodyBytes: known.bodyBytes,
    isRedacted: (query?.isRedacted ?? false) || body.isRedacted,
  };
}

/** The numbers of a webhook: those that the ledger keeps hashes of. */
export function partiesOf(webhook: Pick<ReceivedWebhook, "rawUrl" | "headers" | "body">): Parties {
  const fields = bodyFields(webhook);
  // A Debugger event repeats what was sent: who is erased is erased there, too.
  const repeated = fields.flatMap(([name, value]) =>
    name === "Payload" ? sentParameters(value) : [],
  );
  const parameters = [...parseQuery(webhook.rawUrl.query), ...fields, ...repeated];
  return { from: numbersOf(parameters, "from"), to: numbersOf(parameters, "to") };
}

function numbersOf(parameters: Parameters, side: "from" | "to"): readonly string[] {
  const numbers = parameters
    .filter(([name, value]) => partyOf(name) === side && value !== "")
    .map(([, value]) => value.slice(0, MAX_NUMBER_CHARACTERS));
  return [...new Set(numbers)].slice(0, MAX_NUMBERS);
}

/** Whether a value is not shown, or not even kept: then it is no sid that the list may show either. */
function isHidden(name: string): boolean {
  return isNeverKept(name) || isPersonal(name);
}

/** What a delivery is found by. */
function identifiers(
  known: KnownRequest,
  report: TwilioReport | undefined,
): Pick<DeliveryRecord, "sids" | "twilioStatus"> {
  const parameters = [...parseQuery(known.rawUrl?.query), ...bodyFields(known)];
  const told = report === undefined ? [] : sidsIn(report);
  const named = parameters
    .filter(([name, value]) => isSid(value) && !/^account_?sid$/i.test(name) && !isHidden(name))
    .map(([, value]) => value);
  const status =
    report === undefined
      ? statusOf((wanted) => parameters.find(([name]) => name === wanted)?.[1])
      : wordOf(report);
  return {
    sids: [...new Set([...told, ...named])].slice(0, MAX_SIDS),
    twilioStatus: status?.slice(0, MAX_STATUS_CHARACTERS),
  };
}

function bodyFields({
  headers,
  body,
}: Pick<KnownRequest, "headers" | "body">): readonly (readonly [string, string])[] {
  if (body.byteLength > MAX_PARSED_BYTES) return [];
  if (isForm(headers)) return parseForm(body);
  const fields: [string, string][] = [];
  try {
    addTexts("", JSON.parse(new TextDecoder().decode(body)), fields);
  } catch {
    return []; // No JSON, or nested deeper than anybody sends it.
  }
  return fields;
}

/** Adds the texts in a JSON value by their names; what a list, or a field that is not shown, holds goes by its name. */
function addTexts(name: string, value: unknown, fields: [string, string][]): void {
  if (typeof value === "string") fields.push([name, value]);
  if (typeof value !== "object" || value === null) return;
  const isOne = Array.isArray(value) || isHidden(name);
  for (const [key, inner] of Object.entries(value)) addTexts(isOne ? name : key, inner, fields);
}
