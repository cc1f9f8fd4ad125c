import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { close, listen } from "./loopback.ts";

/** A request that the log's API was asked. */
export interface AskedOfLog {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** What is answered in place of the API, once. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => void;

/** A replay plan as the API shows it. */
export interface ShownPlan {
  id: string;
  state: "planned" | "running" | "cancelled" | "done";
  created_at: string;
  filters: Readonly<Record<string, string>>;
  deliveries: number;
  origins: Readonly<Record<string, number>>;
  oldest: string | null;
  newest: string | null;
  rate: number | null;
  sent: number;
  skipped: number;
  delivered: number;
  failed: number;
}

/** What becomes of a plan's deliveries, in their order. */
export type PlanEnd = "delivered" | "failed" | "skipped";

/** The log's API as the Worker has it, with deliveries and plans that a test puts into it. */
export interface LogApi {
  readonly base: string;
  readonly token: string;
  readonly asked: AskedOfLog[];
  /** What is answered to `POST /_log/deliveries/:id/replay`, by id. */
  readonly replays: Map<string, { readonly status: number; readonly body: unknown }>;
  /** What is answered to `GET /_log/deliveries/:id?unmask=1`, by id. */
  readonly deliveries: Map<string, unknown>;
  readonly plans: Map<string, ShownPlan>;
  /** What the next plans are made of: an origin's name and what becomes of each delivery. */
  plannedEnds: readonly (readonly [origin: string, end: PlanEnd])[];
  /** How many deliveries a running plan has sent from one look at it to the next. */
  perLook: number;
  /** Answered in place of the API, the next ones in their order. */
  readonly instead: Instead[];
  /** The same for the next ones that cancel a plan. */
  readonly insteadOfCancel: Instead[];
  /** Empties all of it. */
  readonly reset: () => void;
  readonly stop: () => Promise<void>;
}

/** Answers as the API does, on loopback. */
export async function startLogApi(): Promise<LogApi> {
  const token = "administering-token-of-the-command-tests";
  const planEnds = new Map<string, LogApi["plannedEnds"]>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", api.base);
    api.asked.push({ method: request.method ?? "", path: url.pathname + url.search });
    const isCancel = url.pathname.endsWith("/cancel");
    const instead = (isCancel && api.insteadOfCancel.shift()) || api.instead.shift();
    if (instead !== undefined) return instead(request, response);
    if (request.headers.authorization !== `Bearer ${token}`) {
      return problem(response, 401, "unauthorized", "Send the log's token.");
    }
    const [, , kind = "", id = "", action = ""] = url.pathname.split("/");
    const asked = `${request.method} ${kind}${id && " :id"}${action && ` ${action}`}`;
    const plan = api.plans.get(id);
    switch (asked) {
      case "POST deliveries :id replay": {
        const { status, body } = api.replays.get(id) ?? notFound;
        return json(response, status, body);
      }
      case "GET deliveries :id": {
        const delivery = api.deliveries.get(id);
        if (delivery === undefined || url.search !== "?unmask=1") break;
        return json(response, 200, delivery);
      }
      case "POST replays": {
        const made = newPlan(api, Object.fromEntries(url.searchParams));
        api.plans.set(made.id, made);
        planEnds.set(made.id, api.plannedEnds);
        return json(response, 201, made);
      }
      case "GET replays :id":
        if (plan === undefined) break;
        proceed(plan, planEnds.get(id) ?? [], api.perLook);
        return json(response, 200, plan);
      case "POST replays :id run":
        if (plan === undefined) break;
        plan.state = plan.state === "done" ? "done" : "running";
        plan.rate = Number(url.searchParams.get("rate") ?? 10);
        return json(response, 202, plan);
      case "POST replays :id cancel":
        if (plan === undefined) break;
        plan.state = plan.state === "done" ? "done" : "cancelled";
        return json(response, 200, plan);
    }
    return json(response, notFound.status, notFound.body);
  });
  const api: LogApi = {
    base: `http://127.0.0.1:${await listen(server)}`,
    token,
    asked: [],
    replays: new Map(),
    deliveries: new Map(),
    plans: new Map(),
    plannedEnds: [],
    perLook: 2,
    instead: [],
    insteadOfCancel: [],
    reset: () => {
      for (const kept of [api.replays, api.deliveries, api.plans, planEnds]) kept.clear();
      api.asked.length = 0;
      api.instead.length = 0;
      api.insteadOfCancel.length = 0;
      api.plannedEnds = [];
      api.perLook = 2;
    },
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
  return api;
}

function newPlan(api: LogApi, filters: Readonly<Record<string, string>>): ShownPlan {
  const origins: Record<string, number> = {};
  for (const [origin] of api.plannedEnds) origins[origin] = (origins[origin] ?? 0) + 1;
  const isEmpty = api.plannedEnds.length === 0;
  return {
    id: `01M85R4ERE00PLAN${api.plans.size}`,
    state: "planned",
    created_at: "2026-11-24T03:00:00.000Z",
    filters,
    deliveries: api.plannedEnds.length,
    origins,
    oldest: isEmpty ? null : "2026-11-24T01:00:00.000Z",
    newest: isEmpty ? null : "2026-11-24T02:30:00.000Z",
    rate: null,
    sent: 0,
    skipped: 0,
    delivered: 0,
    failed: 0,
  };
}

function proceed(plan: ShownPlan, ends: LogApi["plannedEnds"], perLook: number): void {
  if (plan.state !== "running") return;
  const from = plan.sent + plan.skipped;
  for (const [, end] of ends.slice(from, from + perLook)) {
    plan[end] += 1;
    if (end !== "skipped") plan.sent += 1;
  }
  if (plan.sent + plan.skipped === plan.deliveries) plan.state = "done";
}

const notFound = {
  status: 404,
  body: { error: { code: "not_found", message: "No delivery of this id is in the log." } },
} as const;

/** An error in the API's form. */
export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  json(response, status, { error: { code, message } });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
