import { kvAnswers } from "./claim/answers.edge.ts";
import { parseConfig } from "./config/config.ts";
import type { Config } from "./config/types.ts";
import { originClient } from "./forward/origin.edge.ts";
import { ledgerClient, ledgerStubs } from "./ledger/client.edge.ts";
import { LedgerObject } from "./ledger/ledger.edge.ts";
import { ledgerReader } from "./ledger/reader.edge.ts";
import { consoleLog } from "./log/console.edge.ts";
import { readBody } from "./receive/body.edge.ts";
import { route } from "./router.ts";
import { systemClock, systemRandom } from "./shared/clock.edge.ts";
import type { Ports } from "./shared/ports.ts";

// One configuration an isolate: its variables never change.
let config: Config | undefined;

function configOf(env: Cloudflare.Env): Config {
  if (config === undefined) {
    config = parseConfig({ ...env });
    consoleLog.misconfigured(config.problems);
  }
  return config;
}

function portsOf(env: Cloudflare.Env, ctx: ExecutionContext): Ports {
  const { ledger } = configOf(env);
  const stub = ledgerStubs(env.LEDGER, ledger);
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  return {
    clock: systemClock,
    random: systemRandom,
    originClient,
    readBody,
    answers:
      env.ANSWERS === undefined || ledger.jurisdiction !== undefined
        ? undefined // residency rules KV out, which keeps what it has everywhere
        : kvAnswers(env.ANSWERS, systemClock),
    ledger: ledgerClient({
      stub,
      shards: ledger.shards,
      clock: systemClock,
      waitUntil,
      onLost: (what) => consoleLog.lost(what),
    }),
    reader: ledgerReader(stub, ledger.shards, systemClock),
    log: consoleLog,
    waitUntil,
  };
}

/** The ledger's Durable Object class, as `wrangler.toml` names it. */
export class Ledger extends LedgerObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { logDays: configOf(env).ledger.logDays });
  }
}

/** The Worker. What happens to a webhook is in `handleWebhook()` (pipeline.ts): read that first. */
export default {
  async fetch(request, env, ctx) {
    const work = route(request, configOf(env), portsOf(env, ctx));
    // Twilio hanging up cuts nothing off: its retry gets this answer.
    ctx.waitUntil(work);
    return work;
  },
} satisfies ExportedHandler<Cloudflare.Env>;
