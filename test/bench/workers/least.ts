import { DurableObject } from "cloudflare:workers";
import { claimKey } from "../../../src/claim/claim-key.ts";
import { parseConfig } from "../../../src/config/config.ts";
import type { Config } from "../../../src/config/types.ts";
import { readBody } from "../../../src/receive/body.edge.ts";
import { receive } from "../../../src/receive/receive.ts";
import { matchRoute } from "../../../src/receive/route.ts";
import { sign, signedText } from "../../../src/verify/signature.ts";
import { verifyWebhook } from "../../../src/verify/verify.ts";

interface Settled {
  readonly key: string;
  readonly id: string;
  readonly status: number;
  readonly body: ArrayBuffer;
}

interface Env {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly ORIGIN: string;
}

/** Knows who was first, in memory, and writes one row for each webhook: no day, no index, no fence, nothing to search. */
export class Ledger extends DurableObject {
  readonly #held = new Set<string>();

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS settled (key TEXT PRIMARY KEY, id TEXT, status INTEGER, body BLOB) WITHOUT ROWID",
    );
  }

  claim(key: string): boolean {
    if (this.#held.has(key)) return false;
    this.#held.add(key);
    return true;
  }

  settle(all: readonly Settled[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const { key, id, status, body } of all) {
        this.ctx.storage.sql.exec(
          "INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)",
          key,
          id,
          status,
          body,
        );
        this.#held.delete(key);
      }
    });
  }
}

let config: Config | undefined;
let settled: Settled[] = [];

/**
 * The least that verifies, claims, signs anew, forwards once and settles: what the platform asks for the work itself. No
 * bounds, no retries, no judging, no record, no console; errors are thrown.
 */
export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    config ??= parseConfig({ ...env });
    const received = await receive(request, Date.now(), { random: Math.random, readBody });
    if (received.kind === "unreceived") return new Response(null, { status: 400 });
    const match = matchRoute(received.webhook.rawUrl, config);
    const origin = match.kind === "origin" ? match.origin : undefined;
    const verified = await verifyWebhook(received.webhook, origin, config.keys);
    if (!verified.ok || origin === undefined || !("target" in origin))
      return new Response(null, { status: 403 });
    const { headers, body, rawUrl, parameters, signingKey, deliveryId } = verified.value;
    const key = (await claimKey(verified.value, origin)) ?? deliveryId;
    const ledger = env.LEDGER.get(env.LEDGER.idFromName("0"));
    if (!(await ledger.claim(key))) return new Response(null, { status: 409 });
    const url = env.ORIGIN + rawUrl.path;
    const own = new Headers(headers);
    own.set("X-Twilio-Signature", await sign(signingKey, signedText(url, parameters)));
    const answer = await fetch(url, { method: "POST", headers: own, body, redirect: "manual" });
    const { status } = answer;
    const content = await answer.arrayBuffer();
    settled.push({ key, id: deliveryId, status, body: content });
    if (settled.length === 1) ctx.waitUntil(settleSoon(env));
    return new Response(content, { status, headers: answer.headers });
  },
};

/** Together, as Hookswitch does: what this isolate has by then. */
async function settleSoon(env: Env): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const all = settled;
  settled = [];
  await env.LEDGER.get(env.LEDGER.idFromName("0")).settle(all);
}
