import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { Parameters, ReceivedWebhook } from "../receive/webhook.ts";
import { isTable, type Table } from "../shared/table.ts";
import { isSid } from "../twilio/parameters.ts";

/** What Twilio tells, in a webhook of its own, of what it saw itself. Every text is Twilio's, cut to a bounded length. */
export type TwilioReport = DebuggerEvent | TwilioFallback | UsageTrigger;

/** An error or warning of Twilio's Debugger. */
export interface DebuggerEvent {
  readonly kind: "debugger";
  readonly level: "error" | "warning";
  /** Twilio's error code. */
  readonly code: number | undefined;
  /** When Twilio noted it, epoch ms; `undefined` where that cannot be read. */
  readonly atMs: number | undefined;
  /** The call, message or other resource that it speaks of. */
  readonly resourceSid: string | undefined;
  /** The URL that Twilio asked, without query, fragment and userinfo. */
  readonly url: string | undefined;
  /** What was answered there: by whoever is at the URL, or by Twilio's own proxy. */
  readonly status: number | undefined;
  /** `undefined` unless Twilio's proxy made the answer up because it got none. */
  readonly noAnswer: NoAnswer | undefined;
}

/** What Twilio's proxy says of an answer that it did not get. */
export interface NoAnswer {
  /** The precise code and its name, `11203 HTTP communication total time out triggered`. */
  readonly error: string | undefined;
  /** How often it tried. */
  readonly attempts: number | undefined;
}

/** A request to the fallback URL that Twilio itself was given. */
export interface TwilioFallback {
  readonly kind: "twilio_fallback";
  readonly code: number | undefined;
  /** The URL that failed, as {@link DebuggerEvent.url}. */
  readonly url: string | undefined;
  readonly resourceSid: string | undefined;
}

/** A threshold of use or of price that was reached. */
export interface UsageTrigger {
  readonly kind: "usage_trigger";
  readonly triggerSid: string;
  /** `sms`, `calls-inbound`, `totalprice` … */
  readonly category: string | undefined;
  /** `count`, `usage` or `price`. */
  readonly by: string | undefined;
  readonly threshold: string | undefined;
  readonly current: string | undefined;
}

/** Longer texts are not what they should be. */
const MAX_CHARACTERS = 500;

/**
 * Reads what a webhook tells of what Twilio saw itself. Field names and their spelling vary: what is not there,
 * or not as expected, is left out.
 *
 * @param takes What its origin is for; a usage trigger is known at any.
 * @returns `undefined` for a webhook that tells nothing of the kind.
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks,
 *   https://www.twilio.com/docs/usage/api/usage-trigger read 2026-11.
 */
export function reportOf(
  webhook: Pick<ReceivedWebhook, "method" | "rawUrl" | "headers" | "body">,
  takes: "webhooks" | "debugger" | "twilio_fallback",
): TwilioReport | undefined {
  const parameters = parametersOf(webhook);
  const triggerSid = valueIn(parameters, "UsageTriggerSid");
  if (triggerSid !== undefined && isSid(triggerSid)) return usageTrigger(triggerSid, parameters);
  switch (takes) {
    case "webhooks":
      return undefined;
    case "twilio_fallback":
      return fallbackRequest(parameters);
    case "debugger":
      return debuggerEvent(parameters);
  }
}

function parametersOf({
  method,
  rawUrl,
  headers,
  body,
}: Pick<ReceivedWebhook, "method" | "rawUrl" | "headers" | "body">): Parameters {
  if (method === "GET") return parseQuery(rawUrl.query);
  return isForm(headers) ? parseForm(body) : [];
}

function usageTrigger(triggerSid: string, parameters: Parameters): UsageTrigger {
  return {
    kind: "usage_trigger",
    triggerSid,
    category: valueIn(parameters, "UsageCategory"),
    by: valueIn(parameters, "TriggerBy"),
    threshold: valueIn(parameters, "TriggerValue"),
    current: valueIn(parameters, "CurrentValue"),
  };
}

function fallbackRequest(parameters: Parameters): TwilioFallback {
  const resource = ["CallSid", "MessageSid", "SmsSid"].map((name) => valueIn(parameters, name));
  return {
    kind: "twilio_fallback",
    code: codeIn(valueIn(parameters, "ErrorCode")),
    url: bareUrl(parameters.find(([name]) => name === "ErrorUrl")?.[1]),
    resourceSid: resource.find((sid) => sid !== undefined && isSid(sid)),
  };
}

/** What is no error; other words than `Error` and `Warning` stood in older documents. */
const LESSER_LEVELS: ReadonlySet<string> = new Set(["warning", "notice", "info", "debug"]);

function debuggerEvent(parameters: Parameters): DebuggerEvent | undefined {
  const level = valueIn(parameters, "Level");
  const text = parameters.find(([name]) => name === "Payload")?.[1];
  if (level === undefined || text === undefined) return undefined;
  const payload = tableOf(text);
  const info = tableIn(payload, "more_info");
  const webhook = tableIn(payload, "webhook");
  const response = tableIn(webhook, "response");
  const resourceSid = textIn(payload, "resource_sid");
  return {
    kind: "debugger",
    level: LESSER_LEVELS.has(level.toLowerCase()) ? "warning" : "error",
    code: codeIn(textIn(payload, "error_code") ?? textIn(info, "ErrorCode")),
    atMs: instantIn(valueIn(parameters, "Timestamp")),
    resourceSid: resourceSid !== undefined && isSid(resourceSid) ? resourceSid : undefined,
    url: bareUrl(textIn(tableIn(webhook, "request"), "url") ?? textIn(info, "url")),
    status: codeIn(textIn(response, "status_code") ?? textIn(info, "httpResponse")),
    noAnswer: noAnswerIn(response),
  };
}

/** Its own 502 tells Twilio's proxy from an origin's. */
const MADE_UP = /^Twilio was unable to fetch content from:/;

function noAnswerIn(response: Table): NoAnswer | undefined {
  const headers = Object.entries(tableIn(response, "headers"));
  const header = (wanted: string): string | undefined => {
    const value = headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
    return typeof value === "string" && value !== "" ? value.slice(0, MAX_CHARACTERS) : undefined;
  };
  const body = response["body"];
  const error = header("x-twilio-webhookerror");
  const isMadeUp = error !== undefined || (typeof body === "string" && MADE_UP.test(body));
  return isMadeUp ? { error, attempts: codeIn(header("x-twilio-webhookattempt")) } : undefined;
}

/**
 * The parameters that a Debugger event says were sent, for telling steps of one call apart.
 * @param payload The event's `Payload`, as kept.
 */
export function sentParameters(payload: string): Parameters {
  const request = tableIn(tableIn(tableOf(payload), "webhook"), "request");
  return Object.entries(tableIn(request, "parameters")).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
}

/** Every sid that a report names. */
export function sidsIn(report: TwilioReport): readonly string[] {
  const sid = report.kind === "usage_trigger" ? report.triggerSid : report.resourceSid;
  return sid === undefined ? [] : [sid];
}

/** What a report is counted and searched as. */
export type ReportWord =
  | "debugger_error"
  | "debugger_warning"
  | "twilio_fallback"
  | "usage_trigger";

/** Every one of them. */
export const reportWords: readonly ReportWord[] = [
  "debugger_error",
  "debugger_warning",
  "twilio_fallback",
  "usage_trigger",
];

/** The word for a report. */
export function wordOf(report: TwilioReport): ReportWord {
  return report.kind === "debugger" ? `debugger_${report.level}` : report.kind;
}

function valueIn(parameters: Parameters, wanted: string): string | undefined {
  const value = parameters.find(([name]) => name === wanted)?.[1];
  return value === undefined || value === "" ? undefined : value.slice(0, MAX_CHARACTERS);
}

function tableOf(text: string): Table {
  try {
    const parsed: unknown = JSON.parse(text);
    return isTable(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function tableIn(table: Table, key: string): Table {
  const value = table[key];
  return isTable(value) ? value : {};
}

/** Numbers are texts in the captures, and may be none one day. */
function textIn(table: Table, key: string): string | undefined {
  const value = table[key];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_CHARACTERS * 4) : undefined;
}

function codeIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function instantIn(text: string | undefined): number | undefined {
  // oxlint-disable-next-line no-restricted-globals -- reads no clock: a date's text to its instant
  const atMs = Date.parse(text ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Scheme, host, port and path: a query may hold what is personal, userinfo a password. */
function bareUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? undefined : parseRawUrl(text);
  if (url === undefined) return undefined;
  const { scheme, host, port, path } = url;
  return `${scheme}://${host}${port === undefined ? "" : `:${port}`}${path}`.slice(
    0,
    MAX_CHARACTERS,
  );
}
