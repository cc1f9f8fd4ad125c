import type { Config } from "../config/types.ts";
import { isDeliveryId, newDeliveryId } from "../ledger/delivery-id.ts";
import type { ReplayPlan } from "../ledger/replay-plan.ts";
import { replayDelivery, type NotReplayed } from "../queue/replay.ts";
import type { Ports } from "../shared/ports.ts";
import type { Caller } from "./access.ts";
import { audit } from "./audit.ts";
import { json, problem, reachable } from "./json-answer.ts";
import { parseFilterQuery } from "./list-query.ts";
import { isoText, presentAttempt } from "./present.ts";

/** Deliveries a second, over all shards. */
const DEFAULT_RATE = 10;
const MAX_RATE = 100;

const reasons: Readonly<Record<Exclude<NotReplayed, "not_found">, string>> = {
  running: "It is under way: wait for its end.",
  origin_gone: "Its origin is not configured, or has a problem: see /_log/health.",
  unverified: "It was never proven to be Twilio's, and is not sent in Twilio's name.",
  redacted: "It held keypad digits or card data, which are not kept.",
  not_kept: "The log has not kept its body: log.bodies is false, or it was too large.",
  sealed: "It was sealed with a LOG_KEY that is not there.",
  unreadable: "What was kept of it cannot be read.",
  unsigned: "There is no auth token to sign it with for its account.",
};

/** `POST /_log/deliveries/:id/replay`: sends one again, and tells how that went. */
export async function replayOne(
  request: Request,
  deliveryId: string,
  caller: Caller,
  config: Config,
  ports: Ports,
): Promise<Response> {
  if (!isDeliveryId(deliveryId)) return notFound();
  const hasNewToken = new URL(request.url).searchParams.get("new_token") === "1";
  const unaudited = await audit("replay", deliveryId, request, caller, ports);
  if (unaudited !== undefined) return unaudited;
  const replayed = await reachable(replayDelivery({ deliveryId, hasNewToken }, config, ports));
  if (replayed instanceof Response) return replayed;
  if (!replayed.ok) {
    if (replayed.error === "not_found") return notFound();
    return problem(409, replayed.error, reasons[replayed.error]);
  }
  const { outcome, isDelivered, attempt } = replayed.value;
  return json(200, {
    id: deliveryId,
    outcome,
    delivered: isDelivered,
    attempt: presentAttempt(attempt),
  });
}

/** `POST /_log/replays`: plans to send many again, by the list's filters. Nothing is sent. */
export async function planReplay(
  request: Request,
  { reader, clock, random }: Ports,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  for (const name of ["limit", "cursor"]) {
    if (searchParams.has(name)) return problem(400, "bad_query", `${name}: a plan has no pages.`);
  }
  const nowMs = clock.now();
  const query = parseFilterQuery(searchParams, nowMs);
  if (!query.ok) return problem(400, "bad_query", query.error);
  const id = newDeliveryId({ receivedAtMs: nowMs, shard: 0, random });
  return planResponse(201, reader.plan({ id, filters: query.value }));
}

/** `POST /_log/replays/:id/run`: sends what was planned. */
export async function runReplay(
  request: Request,
  id: string,
  caller: Caller,
  ports: Ports,
): Promise<Response> {
  const text = new URL(request.url).searchParams.get("rate") ?? String(DEFAULT_RATE);
  const rate = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (rate < 1 || rate > MAX_RATE) {
    return problem(400, "bad_query", `rate: expected a whole number from 1 to ${MAX_RATE}.`);
  }
  if (!isDeliveryId(id)) return planResponse(202, undefined);
  const unaudited = await audit("replay", `plan ${id}`, request, caller, ports);
  return unaudited ?? planResponse(202, ports.reader.runPlan({ id, rate }));
}

/** `POST /_log/replays/:id/cancel`. */
export async function cancelReplay(id: string, { reader }: Ports): Promise<Response> {
  return planResponse(200, isDeliveryId(id) ? reader.cancelPlan(id) : undefined);
}

/** `GET /_log/replays/:id`. */
export async function showReplay(id: string, { reader }: Ports): Promise<Response> {
  return planResponse(200, isDeliveryId(id) ? reader.findPlan(id) : undefined);
}

/** `GET /_log/replays`. */
export async function listReplays({ reader }: Ports): Promise<Response> {
  const plans = await reachable(reader.plans());
  return plans instanceof Response ? plans : json(200, { replays: plans.map(presentPlan) });
}

async function planResponse(
  status: number,
  asked: Promise<ReplayPlan | undefined> | undefined,
): Promise<Response> {
  const plan = asked === undefined ? undefined : await reachable(asked);
  if (plan instanceof Response) return plan;
  return plan === undefined
    ? problem(404, "not_found", "No replay of this id is known: plans are kept for seven days.")
    : json(status, presentPlan(plan));
}

function presentPlan(plan: ReplayPlan): Record<string, unknown> {
  const { sinceMs, untilMs, twilioStatus, httpStatus, errorCode, minMs } = plan.filters;
  const { origin, outcome, sid, account, fromHashes, toHashes } = plan.filters;
  return {
    id: plan.id,
    state: plan.state,
    created_at: isoText(plan.createdAtMs),
    filters: {
      origin,
      outcome,
      sid,
      account,
      // Which number it was is not kept.
      from: fromHashes === undefined ? undefined : "…",
      to: toHashes === undefined ? undefined : "…",
      twilio_status: twilioStatus,
      http_status: httpStatus,
      error_code: errorCode,
      min_ms: minMs,
      since: instant(sinceMs),
      until: instant(untilMs),
    },
    deliveries: Object.values(plan.origins).reduce((sum, count) => sum + count, 0),
    origins: plan.origins,
    oldest: instant(plan.oldestAtMs) ?? null,
    newest: instant(plan.newestAtMs) ?? null,
    rate: plan.rate ?? null,
    sent: plan.sent,
    skipped: plan.skipped,
    delivered: plan.delivered,
    failed: plan.failed,
  };
}

function instant(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : isoText(atMs);
}

function notFound(): Response {
  return problem(404, "not_found", "No delivery of this id is in the log.");
}
