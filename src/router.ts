import { IttyRouter, type IRequest } from "itty-router";
import { testAlerts } from "./alerts/test-api.ts";
import type { Config } from "./config/types.ts";
import type { Caller, Role } from "./log/access.ts";
import { admit } from "./log/admit.ts";
import {
  exportDeliveries,
  listDeliveries,
  listReports,
  searchDeliveries,
  showDelivery,
  showStats,
  streamDeliveries,
  type LogContext,
} from "./log/api.ts";
import { listAudits } from "./log/audit.ts";
import { eraseDeliveries } from "./log/erase-api.ts";
import { explainDelivery } from "./log/explain-api.ts";
import { healthOf, kvState } from "./log/health.ts";
import { json, problem } from "./log/json-answer.ts";
import { METRICS_TYPE, openMetrics } from "./log/metrics.ts";
import { pageFilePath, pagePaths, showPage, showPageFile } from "./log/page-routes.ts";
import {
  cancelReplay,
  listReplays,
  planReplay,
  replayOne,
  runReplay,
  showReplay,
} from "./log/replay-api.ts";
import { session } from "./log/session-routes.ts";
import { handleWebhook } from "./pipeline.ts";
import type { Ports } from "./shared/ports.ts";

/** So long the open health route goes by its last look, ms: whoever asks often costs little more. */
const HEALTH_FRESH_MS = 5_000;

/** Of Hookswitch, as health reports it. */
export const VERSION = "0.1.0";

// The last verdict of this isolate; well until the first look is over.
let lastLook = { atMs: Number.NEGATIVE_INFINITY, isHealthy: true };

/** Our own routes, which no webhook is for. */
const OWN_PATH = /^[a-z]+:\/\/[^/?#]*\/_(?:log|health)(?:[/?#]|$)/i;

const router = IttyRouter<IRequest, [Config, Ports]>();

router.all("/_health", async (request, config, ports) => {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response(null, { status: 405, headers: { Allow: "GET, HEAD" } });
  }
  const nowMs = ports.clock.now();
  if (nowMs - lastLook.atMs >= HEALTH_FRESH_MS) {
    // Whoever asks meanwhile goes by the last verdict: many askers make one look.
    lastLook = { ...lastLook, atMs: nowMs };
    const { isHealthy } = await healthOf({ config, ...ports, version: VERSION, mayBeOld: true });
    lastLook = { atMs: nowMs, isHealthy };
  }
  return new Response(null, {
    status: lastLook.isHealthy ? 200 : 503,
    headers: { "Cache-Control": "no-store" },
  });
});

for (const path of pagePaths)
  router.all(path, (request, _config, { page }) => showPage(request, page));

router.all(pageFilePath, (request, _config, { page }) =>
  showPageFile(request, request.params["file"] ?? "", page),
);

router.all("/_log/session", (request, config, ports) => session(request, config, ports));

router.all("/_log/*", async (request, config, ports) => {
  const caller = await admit(request, config, ports);
  if (caller instanceof Response) return caller;
  return logRouter.fetch(request, caller, config, ports);
});

const logRouter = IttyRouter<IRequest, [Caller, Config, Ports]>();

type LogHandler = (
  request: IRequest & Request,
  caller: Caller,
  config: Config,
  ports: Ports,
) => Response | Promise<Response>;

/** One path of the log, by method. Whatever changes something is a POST, and takes the administrator's token. */
function logRoute(
  path: string,
  handlers: { readonly GET?: LogHandler; readonly POST?: LogHandler },
  postTakes: Role = "admin",
): void {
  logRouter.all(path, (request, caller, config, ports) => {
    const { method } = request;
    const handler = method === "GET" || method === "POST" ? handlers[method] : undefined;
    if (handler === undefined) {
      const allowed = Object.keys(handlers).join(", ");
      const refused = problem(405, "method_not_allowed", `Only ${allowed} is answered here.`);
      refused.headers.set("Allow", allowed);
      return refused;
    }
    if (method === "POST" && postTakes === "admin" && caller.role !== "admin")
      return problem(403, "admin_only", "Whatever changes something takes LOG_ADMIN_TOKEN.");
    return handler(request, caller, config, ports);
  });
}

logRoute("/_log/deliveries", {
  GET: (request, _caller, config, ports) => listDeliveries(request, context(config, ports)),
});

// A POST that changes nothing: so that no number stands in a URL.
logRoute(
  "/_log/search",
  {
    POST: (request, caller, config, ports) =>
      searchDeliveries(request, caller, context(config, ports)),
  },
  "reader",
);

logRoute("/_log/deliveries/:id", {
  GET: (request, caller, config, ports) =>
    showDelivery(request, idOf(request), caller, context(config, ports)),
});

logRoute("/_log/reports", {
  GET: (request, _caller, config, ports) => listReports(request, context(config, ports)),
});

logRoute("/_log/deliveries/:id/replay", {
  POST: (request, caller, config, ports) =>
    replayOne(request, idOf(request), caller, config, ports),
});

// Changes nothing either.
logRoute(
  "/_log/deliveries/:id/explain",
  {
    POST: (request, _caller, config, ports) =>
      explainDelivery(request, idOf(request), context(config, ports)),
  },
  "reader",
);

logRoute("/_log/replays", {
  GET: (_request, _caller, _config, ports) => listReplays(ports),
  POST: (request, _caller, _config, ports) => planReplay(request, ports),
});

logRoute("/_log/replays/:id", {
  GET: (request, _caller, _config, ports) => showReplay(idOf(request), ports),
});

logRoute("/_log/replays/:id/run", {
  POST: (request, caller, _config, ports) => runReplay(request, idOf(request), caller, ports),
});

logRoute("/_log/replays/:id/cancel", {
  POST: (request, _caller, _config, ports) => cancelReplay(idOf(request), ports),
});

logRoute("/_log/erase", {
  POST: (request, caller, _config, ports) => eraseDeliveries(request, caller, ports),
});

logRoute("/_log/alerts/test", {
  POST: (_request, _caller, config, ports) => testAlerts(config, ports),
});

logRoute("/_log/audits", {
  GET: (request, _caller, _config, ports) => listAudits(request, ports),
});

logRoute("/_log/export", {
  GET: (request, caller, config, ports) =>
    exportDeliveries(request, caller, context(config, ports)),
});

logRoute("/_log/stream", {
  GET: (request, _caller, config, ports) => streamDeliveries(request, context(config, ports)),
});

logRoute("/_log/stats", {
  GET: (request, _caller, config, ports) => showStats(request, context(config, ports)),
});

logRoute("/_log/metrics", {
  GET: async (_request, _caller, config, ports) => {
    const [shards, kv] = await Promise.all([ports.reader.health(), kvState(ports)]);
    const problems = config.problems.length;
    return new Response(openMetrics({ version: VERSION, shards, problems, kv }), {
      headers: { "Content-Type": METRICS_TYPE, "Cache-Control": "no-store" },
    });
  },
});

logRoute("/_log/health", {
  GET: async (_request, _caller, config, ports) => {
    const { isHealthy, report } = await healthOf({ config, ...ports, version: VERSION });
    return json(isHealthy ? 200 : 503, report);
  },
});

logRouter.all("*", () => problem(404, "not_found", "No such route of the log."));

/**
 * Finds who answers a request: health, the log behind its token, or the path of a webhook. The one
 * catch is here: an unknown throw is a bug, told in full on the console and with a bare 500 outside.
 */
export async function route(request: Request, config: Config, ports: Ports): Promise<Response> {
  try {
    // By the text alone, since that is what a webhook is signed by; most that comes is one.
    if (!OWN_PATH.test(request.url)) return await handleWebhook(request, config, ports);
    // A Host header may be anything, and the router reads URLs with URL().
    const isReadable = URL.canParse(request.url);
    return (isReadable && (await router.fetch(request, config, ports))) || notFound();
  } catch (error) {
    ports.log.bug(error);
    return new Response("Internal Server Error\n", { status: 500 });
  }
}

function notFound(): Response {
  return new Response("Not Found\n", { status: 404 });
}

function context(config: Config, ports: Ports): LogContext {
  const { reader, sealer, readBody, clock } = ports;
  return { config, reader, sealer, readBody, clock, nowMs: clock.now() };
}

function idOf({ params }: IRequest): string {
  return params["id"] ?? "";
}
