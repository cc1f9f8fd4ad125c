import type { Config } from "../config/types.ts";
import type { AnswerStore, Clock, LogReader } from "../shared/ports.ts";
import { within } from "../shared/within.ts";

/** How long KV may take to show that it is there, ms. */
const KV_PATIENCE_MS = 1_000;

/** What health is worked out from. */
export interface HealthContext {
  readonly config: Config;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly version: string;
  /** `undefined` where no KV is bound. */
  readonly answers: AnswerStore | undefined;
}

/** How Hookswitch is, as `GET /_log/health` tells it. */
export async function healthOf(
  context: HealthContext,
): Promise<{ readonly isHealthy: boolean; readonly report: Record<string, unknown> }> {
  const { config, reader, version } = context;
  const [shards, kv] = await Promise.all([reader.health(), kvState(context)]);
  const isLedgerReachable = shards.every((shard) => shard !== undefined);
  const isHealthy = config.problems.length === 0 && isLedgerReachable && kv !== "unreachable";
  return {
    isHealthy,
    report: {
      status: isHealthy ? "ok" : "degraded",
      version,
      problems: config.problems.map(({ key, message }) => ({ key, message })),
      warnings: config.warnings,
      ledger: shards.map((shard, number) =>
        shard === undefined
          ? { shard: number, reachable: false }
          : {
              shard: number,
              reachable: true,
              storage_bytes: shard.storageBytes,
              running: shard.running,
              today: shard.today,
              since_start: {
                calls: shard.sinceStart.calls,
                rows_written: shard.sinceStart.rowsWritten,
              },
            },
      ),
      breakers: shards.flatMap((shard, number) =>
        (shard?.breakers ?? []).map(({ origin, state }) => ({ shard: number, origin, state })),
      ),
      kv,
    },
  };
}

type KvState = "ok" | "unbound" | "unreachable" | "writing paused";

async function kvState({ answers, clock }: HealthContext): Promise<KvState> {
  if (answers === undefined) return "unbound";
  const health = await within(answers.health(), KV_PATIENCE_MS, clock);
  if (health === undefined || !health.isReachable) return "unreachable";
  return health.isWritingPaused ? "writing paused" : "ok";
}
