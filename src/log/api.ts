import type { Config, ReceivingOrigin } from "../config/types.ts";
import { isDeliveryId } from "../ledger/delivery-id.ts";
import { isMatch, type SearchRequest } from "../ledger/search.ts";
import type { DeliveryRecord, RecordedRequest } from "../ledger/delivery.ts";
import { storedWebhookOf } from "../queue/leased.ts";
import type { Sealer } from "../shared/seal.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { Clock, LogReader, Ports } from "../shared/ports.ts";
import type { Result } from "../shared/result.ts";
import { within } from "../shared/within.ts";
import { speaksOfWebhook } from "../reports/join.ts";
import type { Caller } from "./access.ts";
import { json, problem, reachable } from "./json-answer.ts";
import { audit } from "./audit.ts";
import { exportStream } from "./export.ts";
import {
  cursorOf,
  parseListQuery,
  parseReportQuery,
  parseSearchBody,
  parseStreamQuery,
  type ListQuery,
} from "./list-query.ts";
import type { MaskRule } from "./mask.ts";
import { isoText, presentDelivery, presentSummary } from "./present.ts";
import { recordedRequestOf } from "./record.ts";
import { openRecord } from "./sealed-record.ts";
import { deliveryStream } from "./stream.ts";
import { searchText, showsText } from "./text-search.ts";
import { parseStatsQuery, presentStats } from "./stats.ts";
import { findReports, joinReport, presentReport, reportsOn } from "./twilio-reports.ts";

/** How long Twilio's own view of a delivery is looked for, ms. */
const TWILIO_VIEW_PATIENCE_MS = 2_000;
/** Of a search's body. */
const MAX_SEARCH_BYTES = 16 * 1024;

/** What the log's routes need. */
export interface LogContext {
  readonly config: Config;
  readonly reader: LogReader;
  readonly sealer: Sealer;
  readonly readBody: Ports["readBody"];
  readonly clock: Clock;
  readonly nowMs: number;
}

/** `GET /_log/deliveries`: a page of the list, newest first. */
export async function listDeliveries(request: Request, context: LogContext): Promise<Response> {
  return listed(parseListQuery(new URL(request.url).searchParams, context.nowMs), context);
}

/** `POST /_log/search`: the same, its filters in the body, `from` and `to` among them. */
export async function searchDeliveries(
  request: Request,
  caller: Caller,
  context: LogContext,
): Promise<Response> {
  const read = await context.readBody(request, MAX_SEARCH_BYTES);
  if (!read.ok) return problem(413, "too_large", `Expected ${MAX_SEARCH_BYTES} bytes at most.`);
  const query = parseSearchBody(new TextDecoder().decode(read.value), context.nowMs);
  if (query.ok && query.value.isUnmasked === true) {
    if (caller.role !== "admin") return adminOnly();
    // What was looked for is not written down: it may be what is masked.
    const unaudited = await audit("unmask", "search by text", request, caller, context);
    if (unaudited !== undefined) return unaudited;
  }
  return listed(query, context);
}

async function listed(query: Result<ListQuery, string>, context: LogContext): Promise<Response> {
  if (!query.ok) return problem(400, "bad_query", query.error);
  const { q, isUnmasked = false, ...request } = query.value;
  if (q !== undefined) return listedByText(request, q, isUnmasked, context);
  const found = await reachable(context.reader.search(request));
  if (found instanceof Response) return found;
  const last = found.length === request.limit ? found.at(-1) : undefined;
  return json(200, {
    deliveries: found.map(presentSummary),
    cursor: last === undefined ? null : cursorOf(last),
  });
}

async function listedByText(
  request: SearchRequest,
  text: string,
  isUnmasked: boolean,
  context: LogContext,
): Promise<Response> {
  const page = await reachable(
    searchText(request, text, context.reader, (record) => presented(record, isUnmasked, context)),
  );
  if (page instanceof Response) return page;
  const { found, lookedAt, goesOnAfter } = page;
  return json(200, {
    deliveries: found.map(presentSummary),
    cursor: goesOnAfter === undefined ? null : cursorOf(goesOnAfter),
    looked_at: {
      deliveries: lookedAt,
      back_to: goesOnAfter === undefined ? null : isoText(goesOnAfter.receivedAtMs),
    },
  });
}

/** `GET /_log/export`: the same filters, whole deliveries as NDJSON, however many. */
export async function exportDeliveries(
  request: Request,
  caller: Caller,
  context: LogContext,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const isUnmasked = searchParams.get("unmask") === "1";
  if (isUnmasked && caller.role !== "admin") return adminOnly();
  searchParams.delete("unmask");
  if (searchParams.has("limit")) return problem(400, "bad_query", "limit: an export has no pages.");
  const query = parseListQuery(searchParams, context.nowMs);
  if (!query.ok) return problem(400, "bad_query", query.error);
  if (isUnmasked && searchParams.has("q"))
    return problem(
      400,
      "bad_query",
      "q: with unmask=1 it would stand in the URL; see POST /_log/search.",
    );
  const unaudited = isUnmasked
    ? await audit("unmask", `export ${searchParams.toString()}`.trim(), request, caller, context)
    : undefined;
  if (unaudited !== undefined) return unaudited;
  const { q, ...search } = query.value;
  const stream = exportStream(search, context.reader, async (record) => {
    const shown = await presented(record, isUnmasked, context);
    return q === undefined || showsText(shown, q) ? shown : undefined;
  });
  return new Response(stream, {
    headers: {
      "Content-Type": "application/x-ndjson; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** `GET /_log/stream`: the same filters, as server-sent events while they happen. */
export async function streamDeliveries(request: Request, context: LogContext): Promise<Response> {
  const query = parseStreamQuery(new URL(request.url).searchParams, context.nowMs);
  if (!query.ok) return problem(400, "bad_query", query.error);
  const { q, ...search } = query.value;
  const watch = await reachable(context.reader.watch());
  if (watch instanceof Response) return watch;
  const stream = deliveryStream({
    watch,
    shards: context.config.ledger.shards,
    lastEventId: request.headers.get("last-event-id"),
    clock: context.clock,
    present: async (found) => {
      if (!isMatch(found, search)) return undefined;
      if (q === undefined) return presentSummary(found);
      const [record] = await context.reader.records([found.id]);
      const shown = record && (await presented(record, false, context));
      return shown !== undefined && showsText(shown, q) ? presentSummary(found) : undefined;
    },
  });
  return new Response(stream, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** `GET /_log/stats`: counts and times over a span. */
export async function showStats(
  request: Request,
  { reader, nowMs }: LogContext,
): Promise<Response> {
  const query = parseStatsQuery(new URL(request.url).searchParams, nowMs);
  if (!query.ok) return problem(400, "bad_query", query.error);
  const steps = await reachable(reader.stats(query.value));
  return steps instanceof Response ? steps : json(200, presentStats(query.value, steps));
}

/** `GET /_log/deliveries/:id`: one, personal fields masked unless an administrator asks for `unmask=1`. */
export async function showDelivery(
  request: Request,
  id: string,
  caller: Caller,
  context: LogContext,
): Promise<Response> {
  const isUnmasked = new URL(request.url).searchParams.get("unmask") === "1";
  if (isUnmasked && caller.role !== "admin") return adminOnly();
  const isKnowable = isDeliveryId(id);
  const record = isKnowable ? await reachable(context.reader.find(id)) : undefined;
  if (record instanceof Response) return record;
  if (record === undefined)
    return problem(404, "not_found", "No delivery of this id is in the log.");
  const unaudited = isUnmasked ? await audit("unmask", id, request, caller, context) : undefined;
  if (unaudited !== undefined) return unaudited;
  // What comes on top: a shard that does not answer keeps nobody from looking at what another one has.
  const looked = seenByTwilio(record, context).catch(() => undefined);
  const seen = await within(looked, TWILIO_VIEW_PATIENCE_MS, context.clock);
  const shown = await presented(record, isUnmasked, context);
  return json(200, { ...shown, ...(seen ?? { report: null, twilio_reports: null }) });
}

/** Twilio's own view: of a report what it speaks of, and of any delivery what Twilio has reported; of a fallback request both. */
async function seenByTwilio(
  record: DeliveryRecord,
  context: LogContext,
): Promise<Record<string, unknown>> {
  const { report } = record;
  const { origins, reportOrigins } = context.config;
  const isTold = reportOrigins.length > 0 || origins.some(({ takes }) => takes !== "webhooks");
  // What is kept of it may be sealed, and is looked into.
  const opened = (await openRecord(record, context.sealer)) ?? record;
  const [joined, reports] = await Promise.all([
    report && joinReport(opened, report, context),
    isTold ? reportsOn(record, context) : [],
  ]);
  return {
    report: joined === undefined ? null : presentReport(joined),
    twilio_reports: reports.map(presentReport),
  };
}

/** `GET /_log/reports`: what Twilio has told of what it saw itself, newest first, each with the delivery it speaks of. */
export async function listReports(request: Request, context: LogContext): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const unmatched = searchParams.get("unmatched");
  searchParams.delete("unmatched");
  if (unmatched !== null && unmatched !== "1")
    return problem(400, "bad_query", "unmatched: expected 1.");
  const query = parseReportQuery(searchParams, context.nowMs);
  if (!query.ok) return problem(400, "bad_query", query.error);
  const { shards } = context.config.ledger;
  const found = await reachable(findReports(query.value, { ...context, shards }));
  if (found instanceof Response) return found;
  const { reports, last } = found;
  const shown = reports.filter(
    ({ about, report }) => unmatched === null || (about === undefined && speaksOfWebhook(report)),
  );
  return json(200, {
    reports: shown.map(presentReport),
    cursor: last === undefined ? null : cursorOf(last),
  });
}

/** A delivery as the caller may see it. */
async function presented(
  record: DeliveryRecord,
  isUnmasked: boolean,
  { config, sealer }: LogContext,
): Promise<Record<string, unknown>> {
  const all = [...config.origins, ...config.reportOrigins];
  const origin = all.find(({ name }) => name === record.origin);
  const mask = isUnmasked ? undefined : maskRule(origin);
  const over = await openRecord(record, sealer);
  if (over !== undefined) return presentDelivery(over, mask);
  const opened = await openRequest(record, origin, sealer);
  return presentDelivery({ ...record, request: opened.request }, mask, opened.withheld);
}

function adminOnly(): Response {
  return problem(403, "admin_only", "unmask=1 takes LOG_ADMIN_TOKEN.");
}

/** The request of a queued delivery: it is in what is stored to be sent. */
async function openRequest(
  record: DeliveryRecord,
  origin: ReceivingOrigin | undefined,
  sealer: Sealer,
): Promise<{ readonly request: RecordedRequest; readonly withheld?: string }> {
  const { request } = record;
  const webhook = await storedWebhookOf(record, sealer);
  if (typeof webhook === "string") return { request, withheld: webhook };
  const rawUrl = parseRawUrl(webhook.url);
  if (rawUrl === undefined) return { request };
  const received = {
    ...webhook,
    rawUrl,
    headers: new Headers(webhook.headers.map(([n, v]) => [n, v])),
  };
  return { request: recordedRequestOf(received, origin?.log.bodies ?? true) };
}

function maskRule(origin: ReceivingOrigin | undefined): MaskRule {
  return origin?.log ?? { mask: [], unmask: [] };
}
