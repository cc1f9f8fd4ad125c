import { explainRefusal } from "../explain/explain.ts";
import { presentExplanation, presentReason } from "../explain/present.ts";
import type { NotKept, ShownExplanation } from "../explain/shown.ts";
import type { DeliveryRecord, RecordedRequest } from "../ledger/delivery.ts";
import { isDeliveryId } from "../ledger/delivery-id.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import { matchRoute } from "../receive/route.ts";
import type { ReceivedWebhook } from "../receive/webhook.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable } from "../shared/table.ts";
import { headerNames } from "../twilio/headers.ts";
import type { LogContext } from "./api.ts";
import { json, problem, reachable } from "./json-answer.ts";
import { openRecord } from "./sealed-record.ts";

/** Of a question; so much is kept of a stranger's body as well. */
const MAX_BYTES = 16 * 1024;
const MAX_URLS = 8;

/**
 * `POST /_log/deliveries/:id/explain`: why it was refused, worked out now by what the log has kept and by the
 * configuration as it is. What it tells is not personal, so readers may ask.
 */
export async function explainDelivery(
  request: Request,
  id: string,
  context: LogContext,
): Promise<Response> {
  const body = await context.readBody(request, MAX_BYTES);
  const urls = body.ok ? urlsIn(new TextDecoder().decode(body.value)) : err(undefined);
  if (!urls.ok)
    return problem(
      400,
      "bad_request",
      `Expected no body, or {"urls": ["https://…"]}, ${MAX_URLS} at most.`,
    );
  const record = isDeliveryId(id) ? await reachable(context.reader.find(id)) : undefined;
  if (record instanceof Response) return record;
  if (record === undefined)
    return problem(404, "not_found", "No delivery of this id is in the log.");
  const { reason, outcome } = record;
  const isOver = outcome !== "running" && outcome !== "interrupted";
  if (record.isVerified || reason === undefined || reason === "misconfigured" || !isOver)
    return problem(409, "not_refused", "It was not refused: there is nothing to explain.");
  const opened = await openRecord(record, context.sealer);
  if (opened === undefined)
    return problem(409, "sealed", "It was sealed with a LOG_KEY that is not there.");
  return json(200, { id, ...(await explained(opened, reason, urls.value, context)) });
}

async function explained(
  record: DeliveryRecord,
  reason: string,
  givenUrls: readonly string[],
  { config }: LogContext,
): Promise<ShownExplanation> {
  const webhook = restored(record);
  if (webhook === undefined && record.explanation !== undefined)
    return { ...record.explanation, as_of: "refusal" };
  if (webhook === undefined) return withoutSignature(record, reason);
  const match = matchRoute(webhook.rawUrl, config);
  const origin = match.kind === "origin" ? match.origin : undefined;
  return presentExplanation(await explainRefusal({ webhook, origin, config, givenUrls }), origin);
}

/** The webhook, where all of it is kept that was signed. */
function restored({ id, receivedAtMs, request }: DeliveryRecord): ReceivedWebhook | undefined {
  const { method, scheme, host, path, query, body = new Uint8Array() } = request;
  const headers = new Headers(request.headers.map(([name, value]) => [name, value]));
  const url = `${scheme}://${host}${path}${query === undefined ? "" : `?${query}`}`;
  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined || !headers.has(headerNames.signature)) return undefined;
  if (method !== "GET" && method !== "POST") return undefined;
  const isWebSocketHandshake =
    method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket";
  return { deliveryId: id, method, url, rawUrl, headers, body, isWebSocketHandshake, receivedAtMs };
}

/** Nothing more can be found out than the reason says. */
function withoutSignature({ request, outcome }: DeliveryRecord, reason: string): ShownExplanation {
  // Turned away for having none, or before there was anything to look at.
  const isAll = reason === "signature_missing" || (outcome === "refused" && isEarly(reason));
  return presentReason(reason, isAll ? undefined : notKept(request));
}

function isEarly(reason: string): boolean {
  return /^(path|method)_not|^body_(too|unr)/.test(reason);
}

function notKept({ isRedacted, body, bodyBytes, query, method }: RecordedRequest): NotKept {
  if (isRedacted) return "digits";
  const isWithoutBody = bodyBytes > 0 || (method === "GET" && query === undefined);
  if (body === undefined && isWithoutBody) return "body";
  if (bodyBytes > MAX_BYTES) return "whole_body";
  return (body?.byteLength ?? 0) < bodyBytes ? "secret" : "signature";
}

function urlsIn(text: string): Result<readonly string[], undefined> {
  if (text.trim() === "") return ok([]);
  try {
    const value: unknown = JSON.parse(text);
    const urls: unknown = isTable(value) ? value["urls"] : undefined;
    const isFit =
      Array.isArray(urls) &&
      urls.length <= MAX_URLS &&
      urls.every((url): url is string => typeof url === "string" && parseRawUrl(url) !== undefined);
    return isFit ? ok(urls) : err(undefined);
  } catch {
    return err(undefined);
  }
}
