import type { DeliveryRecord } from "../ledger/delivery.ts";
import { mergePages, type FoundDelivery, type SearchRequest } from "../ledger/search.ts";
import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { reportedAt, spanOf, speaksOfWebhook, subjectOf, type Candidate } from "../reports/join.ts";
import { reportWords, sentParameters, type TwilioReport } from "../reports/report.ts";
import { verdictOn } from "../reports/verdict.ts";
import type { LogReader } from "../shared/ports.ts";
import type { Sealer } from "../shared/seal.ts";
import { errorNameOf } from "../twilio/error-codes.ts";
import { maskPath } from "./mask.ts";
import { isoText } from "./present.ts";
import { openRecord } from "./sealed-record.ts";

/** Deliveries of one call or message within a minute that are looked through. */
const MAX_RELATED = 50;
/** Sids of a delivery that a report may name: the call or message comes first. */
const MAX_SIDS = 2;
/** A report may come so long after what it speaks of, ms. */
const MAX_LATE_MS = 15 * 60_000;
/** What one page may ask of the ledger: a Worker's subrequests are 1,000. */
const MAX_CALLS = 800;

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
  joining: Joining & { readonly shards: number },
): Promise<{
  readonly reports: readonly JoinedReport[];
  /** Where the page ends; `undefined` when nothing follows. */
  readonly last: FoundDelivery | undefined;
}> {
  // Each is searched for in every shard, and what is found is read.
  const limit = Math.min(request.limit, Math.max(1, Math.floor(MAX_CALLS / (2 * joining.shards))));
  const pages = await Promise.all(
    reportWords.map((twilioStatus) => {
      const filters = { ...request.filters, twilioStatus };
      return joining.reader.search({ ...request, limit, filters });
    }),
  );
  const rows = mergePages(pages, limit);
  const records = await open(rows, joining);
  const reports = await Promise.all(
    records.flatMap((record) =>
      record.report === undefined ? [] : [joinReport(record, record.report, joining)],
    ),
  );
  return { reports, last: rows.length === limit ? rows.at(-1) : undefined };
}

/** Finds the delivery that a report speaks of. */
export async function joinReport(
  record: DeliveryRecord,
  report: TwilioReport,
  { reader, sealer }: Joining,
): Promise<JoinedReport> {
  const none = { report, record, about: undefined };
  if (!speaksOfWebhook(report) || report.resourceSid === undefined) return none;
  const filters = {
    sid: report.resourceSid,
    ...spanOf(reportedAt(report, record.receivedAtMs)),
  };
  const rows = await reader.search({ filters, limit: MAX_RELATED, after: undefined });
  // A fallback request may be what a Debugger event speaks of: its path tells.
  const others = rows.filter(({ id }) => id !== record.id);
  if (others.length === 0) return none;
  return joined(record, report, await open(others, { reader, sealer }));
}

/** What Twilio says of a delivery: every report that speaks of just this one, oldest first. */
export async function reportsOn(
  record: DeliveryRecord,
  joining: Joining,
): Promise<readonly JoinedReport[]> {
  const { receivedAtMs: atMs } = record;
  const span = { sinceMs: spanOf(atMs).sinceMs, untilMs: atMs + MAX_LATE_MS };
  const pages = await Promise.all(
    record.sids.slice(0, MAX_SIDS).flatMap((sid) =>
      reportWords
        .filter((word) => word !== "usage_trigger")
        .map((twilioStatus) =>
          joining.reader.search({
            filters: { sid, twilioStatus, ...span },
            limit: MAX_RELATED,
            after: undefined,
          }),
        ),
    ),
  );
  const rows = mergePages(pages, MAX_RELATED);
  if (rows.length === 0) return [];
  const records = await open(rows, joining);
  const reports = await Promise.all(
    records.flatMap((each) =>
      each.report === undefined ? [] : [joinReport(each, each.report, joining)],
    ),
  );
  return reports.filter(({ about }) => about?.id === record.id).toReversed();
}

function joined(
  record: DeliveryRecord,
  report: TwilioReport,
  candidates: readonly DeliveryRecord[],
): JoinedReport {
  const sent = report.kind === "debugger" ? sentIn(record) : [];
  const found = subjectOf(report, record, candidates.map(candidateOf), sent);
  return { report, record, about: candidates.find(({ id }) => id === found?.id) };
}

async function open(
  rows: readonly FoundDelivery[],
  { reader, sealer }: Joining,
): Promise<readonly DeliveryRecord[]> {
  const records = await reader.records(rows.map(({ id }) => id));
  return Promise.all(records.map(async (record) => (await openRecord(record, sealer)) ?? record));
}

function candidateOf(record: DeliveryRecord): Candidate {
  const { id, receivedAtMs, request, isVerified, accountSid, outcome } = record;
  const { method, path } = request;
  const parameters = parametersIn(request, method);
  const isDuplicate = outcome === "duplicate";
  return { id, receivedAtMs, path, parameters, isVerified, accountSid, isDuplicate };
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
