import { alertsAfter } from "./alerts/after.ts";
import { runAlerts } from "./alerts/run.ts";
import { kvAnswers } from "./claim/answers.edge.ts";
import { recentAnswers } from "./claim/recent-answers.ts";
import { parseConfig } from "./config/config.ts";
import type { Config } from "./config/types.ts";
import { explainRefusal } from "./explain/explain.ts";
import { presentExplanation } from "./explain/present.ts";
import type { Refused } from "./explain/trial.ts";
import { originClient } from "./forward/origin.edge.ts";
import { alertLedger } from "./ledger/alerts.edge.ts";
import { ledgerClient, ledgerStubs, type Stub } from "./ledger/client.edge.ts";
import { LedgerObject } from "./ledger/ledger.edge.ts";
import { ledgerReader } from "./ledger/reader.edge.ts";
import { accessVerifier } from "./log/cloudflare-access.edge.ts";
import { consoleLog } from "./log/console.edge.ts";
import { pageFiles } from "./log/page.edge.ts";
import { readBody } from "./receive/body.edge.ts";
import { route } from "./router.ts";
import { queuedOriginOf } from "./queue/attempt.ts";
import { attemptLeased } from "./queue/leased.ts";
import { sealer, type Sealer } from "./shared/seal.ts";
import { logLine } from "./log/log-line.ts";
import { sealAttempt } from "./log/sealed-record.ts";
import { systemClock, systemRandom, systemRandomBytes } from "./shared/clock.edge.ts";
import { oneTimer } from "./shared/one-timer.ts";
import type { Ports } from "./shared/ports.ts";

/** What the requests of an isolate share: its variables never change. */
interface Shared {
  readonly config: Config;
  readonly sealer: Sealer;
  readonly stub: Stub;
  readonly ports: Omit<Ports, "clock" | "ledger" | "waitUntil">;
}

let shared: Shared | undefined;

function sharedOf(env: Cloudflare.Env): Shared {
  if (shared !== undefined) return shared;
  const config = parseConfig({ ...env });
  consoleLog.misconfigured(config.problems);
  const { ledger } = config;
  const { access } = config.logAccess;
  const own = sealer(config.logKeys);
  const stub = ledgerStubs(env.LEDGER, ledger);
  const ports = {
    random: systemRandom,
    randomBytes: systemRandomBytes,
    sealer: own,
    originClient,
    readBody,
    answers:
      env.ANSWERS === undefined || ledger.jurisdiction !== undefined
        ? undefined // residency rules KV out, which keeps what it has everywhere
        : kvAnswers(env.ANSWERS, systemClock),
    recentAnswers: recentAnswers(),
    reader: ledgerReader(stub, ledger.shards, systemClock),
    alerts: alertLedger(stub, ledger.shards, systemClock),
    verifyAccess: access && accessVerifier(access),
    page: env.PAGE === undefined ? undefined : pageFiles(env.PAGE),
    log: consoleLog,
    explain: async (refused: Pick<Refused, "webhook" | "origin">) =>
      presentExplanation(
        await explainRefusal({ ...refused, config, givenUrls: [] }),
        refused.origin,
      ),
  };
  shared = { config, sealer: own, stub, ports };
  return shared;
}

function portsOf({ config, sealer: own, stub, ports }: Shared, ctx: ExecutionContext): Ports {
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const clock = oneTimer(systemClock);
  const ledger = ledgerClient({
    stub,
    shards: config.ledger.shards,
    clock: systemClock, // beside the bounds of a request each of its short waits would set that timer anew
    waitUntil,
    sealing: { sealer: own, randomBytes: systemRandomBytes },
    onLost: (what) => consoleLog.lost(what),
  });
  return { ...ports, clock, ledger, waitUntil };
}

/** The ledger's Durable Object class, as `wrangler.toml` names it. */
export class Ledger extends LedgerObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const restoring = sharedOf(env);
    const { config } = restoring;
    const ports = { clock: systemClock, random: systemRandom, originClient };
    const sealing = { sealer: restoring.sealer, randomBytes: systemRandomBytes };
    super(ctx, env, {
      logDays: config.ledger.logDays,
      openable: () => restoring.sealer.keyIds(),
      logKeys: config.logKeys,
      queue: {
        origin: (name) => queuedOriginOf(name, config),
        attempt: async (job) => {
          const attempted = await attemptLeased(job, restoring, ports);
          return attempted && sealAttempt(attempted, sealing);
        },
      },
      alert: alertsAfter(config),
      tell: (record) => consoleLog.write(logLine(record)),
      onBug: (error) => consoleLog.bug(error),
    });
  }
}

/** The Worker. What happens to a webhook is in `handleWebhook()` (pipeline.ts): read that first. */
export default {
  async fetch(request, env, ctx) {
    const own = sharedOf(env);
    const work = route(request, own.config, portsOf(own, ctx));
    // Twilio hanging up cuts nothing off: its retry gets this answer.
    ctx.waitUntil(work);
    return work;
  },
  async scheduled(_controller, env, ctx) {
    const own = sharedOf(env);
    await runAlerts(own.config.alerts, portsOf(own, ctx));
  },
} satisfies ExportedHandler<Cloudflare.Env>;
