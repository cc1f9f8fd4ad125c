import { IttyRouter, type IRequest } from "itty-router";
import type { Config } from "./config/types.ts";
import type { Role } from "./log/access.ts";
import { admit, json, listDeliveries, problem, showDelivery, type LogContext } from "./log/api.ts";
import { healthOf } from "./log/health.ts";
import { handleWebhook } from "./pipeline.ts";
import type { Ports } from "./shared/ports.ts";

/** So long the open health route goes by its last look, ms: a stranger who asks often costs nothing more. */
const HEALTH_FRESH_MS = 5_000;

/** Of Hookswitch, as health reports it. */
export const VERSION = "0.1.0";

let lastLook: { readonly atMs: number; readonly isHealthy: boolean } | undefined;

const router = IttyRouter<IRequest, [Config, Ports]>();

router.get("/_health", async (_request, config, ports) => {
  const nowMs = ports.clock.now();
  if (lastLook === undefined || nowMs - lastLook.atMs >= HEALTH_FRESH_MS) {
    const { isHealthy } = await healthOf({ config, ...ports, version: VERSION });
    lastLook = { atMs: nowMs, isHealthy };
  }
  return new Response(null, {
    status: lastLook.isHealthy ? 200 : 503,
    headers: { "Cache-Control": "no-store" },
  });
});

router.all("/_log/*", async (request, config, ports) => {
  const role = await admit(request, config);
  if (role instanceof Response) return role;
  if (request.method !== "GET")
    return problem(405, "method_not_allowed", "Only GET is answered here.");
  return logRouter.fetch(request, role, config, ports);
});

router.all("*", (request, config, ports) => handleWebhook(request, config, ports));

const logRouter = IttyRouter<IRequest, [Role, Config, Ports]>();

logRouter.get("/_log/deliveries", (request, _role, config, ports) =>
  listDeliveries(request, context(config, ports)),
);

logRouter.get("/_log/deliveries/:id", (request, role, config, ports) =>
  showDelivery(request, request.params["id"] ?? "", role, context(config, ports)),
);

logRouter.get("/_log/health", async (_request, _role, config, ports) => {
  const { isHealthy, report } = await healthOf({ config, ...ports, version: VERSION });
  return json(isHealthy ? 200 : 503, report);
});

logRouter.all("*", () => problem(404, "not_found", "No such route of the log."));

/**
 * Finds who answers a request: health, the log behind its token, or the path of a webhook. The one
 * catch is here: an unknown throw is a bug, told in full on the console and with a bare 500 outside.
 */
export async function route(request: Request, config: Config, ports: Ports): Promise<Response> {
  try {
    return await router.fetch(request, config, ports);
  } catch (error) {
    ports.log.bug(error);
    return new Response("Internal Server Error\n", { status: 500 });
  }
}

function context(config: Config, ports: Ports): LogContext {
  return { config, reader: ports.reader, nowMs: ports.clock.now() };
}
