import { parseConfig } from "../../../src/config/config.ts";
import type { Config } from "../../../src/config/types.ts";
import { readBody } from "../../../src/receive/body.edge.ts";
import { receive } from "../../../src/receive/receive.ts";
import { matchRoute } from "../../../src/receive/route.ts";
import { verifyWebhook } from "../../../src/verify/verify.ts";

let config: Config | undefined;

/** Receives and verifies as Hookswitch does, and forwards the body once: no claim, no retry, no record. */
export default {
  async fetch(request: Request, env: Record<string, unknown>): Promise<Response> {
    config ??= parseConfig({ ...env, LEDGER: {} });
    const received = await receive(request, Date.now(), { random: Math.random, readBody });
    if (received.kind === "unreceived") return new Response(null, { status: 400 });
    const match = matchRoute(received.webhook.rawUrl, config);
    const origin = match.kind === "origin" ? match.origin : undefined;
    const verified = await verifyWebhook(received.webhook, origin, config.keys);
    if (!verified.ok || origin === undefined) return new Response(null, { status: 403 });
    const { headers, body, rawUrl } = verified.value;
    const url = String(env["ORIGIN"]) + rawUrl.path;
    return fetch(url, { method: "POST", headers, body, redirect: "manual" });
  },
};
