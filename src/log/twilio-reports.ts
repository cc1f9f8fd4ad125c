import type { DeliveryRecord } from "../ledger/delivery.ts";
import {
  mergePages,
  type FoundDelivery,
  type SearchFilters,
  type SearchRequest,
} from "../ledger/search.ts";
import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { reportedAt, spanOf, subjectOf, type Candidate } from "../reports/join.ts";
import { reportWords, sentParameters, type TwilioReport } from "../reports/report.ts";
import { verdictOn } from "../reports/verdict.ts";
import type { LogReader } from "../shared/ports.ts";
import type { Sealer } from "../shared/seal.ts";
import { errorNameOf } from "../twilio/error-codes.ts";
import { maskPath } from "./mask.ts";
import { isoText } from "./present.ts";
import { openRecord } from "./sealed-record.ts";

/** Deliveries of one call or message that are looked through. */
const MAX_RELATED = 50;
/** Sids of a delivery that a report may name. */
const MAX_SIDS = 4;
/** A report may come so long after what it speaks of, ms. */
const MAX_LATE_MS = 15 * 60_000;

/** What joining reads from. */
export interface Joining {
  readonly reader: LogReader;
  readonly sealer: Sealer;
}

/** A report, the delivery that brought it, and the one it speaks of. */
export interface JoinedReport {
  readonly report: TwilioReport;
  readonly record: DeliveryRecord;
  /** `undefined` where the log has none. */
  readonly about: DeliveryRecord | undefined;
}

/** A page of reports, newest first, each joined. */
export async function findReports(
  request: SearchRequest,
  joining: Joining,
): Promise<{
  readonly reports: readonly JoinedReport[];
  /** Where the page ends; `undefined` when nothing follows. */
  readonly last: FoundDelivery | undefined;
}> {
  const pages = await Promise.all(
    reportWords.map((twilioStatus) =>
      joining.reader.search({ ...request, filters: { ...request.filters, twilioStatus } }),
    ),
  );
  const rows = mergePages(pages, request.limit);
  const records = await open(rows, joining);
  const reports = await Promise.all(
    records.flatMap((record) =>
      record.report === undefined ? [] : [joinReport(record, record.report, joining)],
    ),
  );
  return { reports, last: rows.length === request.limit ? rows.at(-1) : undefined };
}

/** Finds the delivery that a report speaks of. */
export async function joinReport(
  record: DeliveryRecord,
  report: TwilioReport,
  joining: Joining,
): Promise<JoinedReport> {
  const sid = report.kind === "usage_trigger" ? undefined : report.resourceSid;
  if (sid === undefined) return { report, record, about: undefined };
  const span = spanOf(reportedAt(report, record.receivedAtMs));
  const rows = await relatedTo([sid], span, joining);
  const others = rows.filter((row) => !isReportRow(row) && row.id !== record.id);
  const candidates = await open(others, joining);
  return joined(record, report, candidates);
}

/** What Twilio says of a delivery: every report that speaks of just this one, oldest first. */
export async function reportsOn(
  record: DeliveryRecord,
  joining: Joining,
): Promise<readonly JoinedReport[]> {
  const { receivedAtMs: atMs } = record;
  const sids = record.sids.slice(0, MAX_SIDS);
  const { sinceMs } = spanOf(atMs);
  const rows = await relatedTo(sids, { sinceMs, untilMs: atMs + MAX_LATE_MS }, joining);
  if (!rows.some(isReportRow)) return [];
  const all = await open(rows, joining);
  const candidates = all.filter(({ report }) => report === undefined);
  return all
    .flatMap((each) => (each.report === undefined ? [] : [joined(each, each.report, candidates)]))
    .filter(({ about }) => about?.id === record.id)
    .toReversed();
}

function joined(
  record: DeliveryRecord,
  report: TwilioReport,
  candidates: readonly DeliveryRecord[],
): JoinedReport {
  const sent = report.kind === "debugger" ? sentIn(record) : [];
  const found = subjectOf(report, record.receivedAtMs, candidates.map(candidateOf), sent);
  return { report, record, about: candidates.find(({ id }) => id === found?.id) };
}

function isReportRow({ twilioStatus }: FoundDelivery): boolean {
  return reportWords.some((word) => word === twilioStatus);
}

async function relatedTo(
  sids: readonly string[],
  span: Pick<SearchFilters, "sinceMs" | "untilMs">,
  { reader }: Joining,
): Promise<readonly FoundDelivery[]> {
  const pages = await Promise.all(
    sids.map((sid) =>
      reader.search({ filters: { sid, ...span }, limit: MAX_RELATED, after: undefined }),
    ),
  );
  return mergePages(pages, MAX_RELATED);
}

async function open(
  rows: readonly FoundDelivery[],
  { reader, sealer }: Joining,
): Promise<readonly DeliveryRecord[]> {
  const records = await reader.records(rows.map(({ id }) => id));
  return Promise.all(records.map(async (record) => (await openRecord(record, sealer)) ?? record));
}

function candidateOf({ id, receivedAtMs, request }: DeliveryRecord): Candidate {
  const { method, path } = request;
  return { id, receivedAtMs, path, parameters: parametersIn(request, method) };
}

function parametersIn(
  { query, body, headers }: DeliveryRecord["request"],
  method: string,
): Parameters | undefined {
  if (method === "GET") return query === undefined ? undefined : parseQuery(query);
  const isFormBody = isForm(new Headers(headers.map(([name, value]) => [name, value])));
  return body === undefined || !isFormBody ? undefined : parseForm(body);
}

function sentIn({ request }: DeliveryRecord): Parameters {
  const payload = parametersIn(request, request.method)?.find(([name]) => name === "Payload");
  return payload === undefined ? [] : sentParameters(payload[1]);
}

/** A report beside our own view, in the API's spelling. Nothing in it is personal. */
export function presentReport({ report, record, about }: JoinedReport): Record<string, unknown> {
  const atMs = reportedAt(report, record.receivedAtMs);
  return {
    id: record.id,
    received_at: isoText(record.receivedAtMs),
    at: isoText(atMs),
    account_sid: record.accountSid ?? null,
    ...presentContent(report),
    about:
      about === undefined
        ? null
        : {
            id: about.id,
            outcome: about.outcome,
            origin: about.origin ?? null,
            received_at: isoText(about.receivedAtMs),
            duration_ms: about.durationMs,
            http_status: about.httpStatus === 0 ? null : about.httpStatus,
          },
    verdict: verdictOn(report, atMs, about),
  };
}

function presentContent(report: TwilioReport): Record<string, unknown> {
  if (report.kind === "usage_trigger") {
    const { kind, triggerSid, category, by, threshold, current } = report;
    return {
      kind,
      trigger_sid: triggerSid,
      category: category ?? null,
      by: by ?? null,
      threshold: threshold ?? null,
      current: current ?? null,
    };
  }
  const { kind, code, url, resourceSid } = report;
  const common = {
    kind,
    error_code: code ?? null,
    error: code === undefined ? null : (errorNameOf(code) ?? null),
    resource_sid: resourceSid ?? null,
    url: url === undefined ? null : maskPath(url),
  };
  if (report.kind === "twilio_fallback") return common;
  const { level, status, noAnswer } = report;
  return {
    ...common,
    level,
    http_status: status ?? null,
    no_answer: noAnswer !== undefined,
    webhook_error: noAnswer?.error ?? null,
    tries: noAnswer?.attempts ?? null,
  };
}
