import type { Config } from "../config/types.ts";
import type { LedgerHealth } from "../ledger/protocol.ts";
import type { AnswerStore, Clock, LogReader } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import type { ConfiguredKeys } from "../verify/keys.ts";

/** How long KV may take to show that it is there, ms. */
const KV_PATIENCE_MS = 1_000;

/** From so full on health warns: the log's days or its bodies want cutting, or more shards. */
const FULLNESS_WARNING = 0.7;

/** What health is worked out from. */
export interface HealthContext {
  readonly config: Config;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly version: string;
  /** Whether the queue's counts may be some minutes old. */
  readonly mayBeOld?: boolean;
  /** `undefined` where no KV is bound. */
  readonly answers: AnswerStore | undefined;
}

/** How Hookswitch is, as `GET /_log/health` tells it. */
export async function healthOf(
  context: HealthContext,
): Promise<{ readonly isHealthy: boolean; readonly report: Record<string, unknown> }> {
  const { config, reader, version } = context;
  const [shards, kv] = await Promise.all([
    reader.health(context.mayBeOld ?? false),
    kvState(context),
  ]);
  const isLedgerReachable = shards.every((shard) => shard !== undefined);
  const isRoomy = shards.every(
    (shard) => shard === undefined || fullness(shard) < FULLNESS_WARNING,
  );
  const queue = shards.flatMap((shard, number) =>
    (shard?.queue ?? []).map((queued) => ({ shard: number, ...queued })),
  );
  const isHealthy =
    config.problems.length === 0 &&
    isLedgerReachable &&
    isRoomy &&
    kv !== "unreachable" &&
    queue.every(({ held }) => held === undefined);
  return {
    isHealthy,
    report: {
      status: isHealthy ? "ok" : "degraded",
      version,
      problems: config.problems.map(({ key, message }) => ({ key, message })),
      warnings: [...config.warnings, ...twimlWarnings(shards)],
      keys: keyNames(config.keys),
      origins: [...config.origins, ...config.reportOrigins, ...config.brokenOrigins].map(
        ({ name, route }) => ({
          name,
          host: route?.host ?? null,
          path: route && route.typedPath + (route.kind === "prefix" ? "*" : ""),
          forwards: !config.reportOrigins.some((origin) => origin.name === name),
        }),
      ),
      ledger: shards.map((shard, number) =>
        shard === undefined
          ? { shard: number, reachable: false }
          : {
              shard: number,
              reachable: true,
              storage_bytes: shard.storageBytes,
              storage_full: Number(fullness(shard).toFixed(3)),
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
      queue: queue.map(({ shard, origin, count, oldestAgeMs, held }) => ({
        shard,
        origin,
        count,
        oldest_age_s: Math.floor(oldestAgeMs / 1_000),
        held: held ?? null,
      })),
      kv,
    },
  };
}

/** Never a value. */
function keyNames({
  defaultTokens,
  accountTokens,
  signingKeys,
}: ConfiguredKeys): readonly string[] {
  const keys = [...defaultTokens, ...[...accountTokens.values()].flat(), ...signingKeys.values()];
  return keys.map(({ name }) => name);
}

/** Callers who were given nothing: what looks like a request for TwiML has come in on a queued path. */
function twimlWarnings(
  shards: readonly (LedgerHealth | undefined)[],
): readonly { readonly key: string; readonly message: string }[] {
  const counts = new Map<string, number>();
  for (const { origin, reason, count } of shards.flatMap((shard) => shard?.today ?? [])) {
    if (reason === "wants_twiml") counts.set(origin, (counts.get(origin) ?? 0) + count);
  }
  return [...counts].map(([origin, count]) => ({
    key: `ORIGINS.${origin}.mode`,
    message: `${count} webhooks today look like requests for TwiML: on a queued path a caller is given nothing; take mode = "respond"`,
  }));
}

export type KvState = "ok" | "unbound" | "unreachable" | "writing paused";

/** Whether KV answers, and is written to. */
export async function kvState({
  answers,
  clock,
}: Pick<HealthContext, "answers" | "clock">): Promise<KvState> {
  if (answers === undefined) return "unbound";
  const health = await within(answers.health(), KV_PATIENCE_MS, clock);
  if (health === undefined || !health.isReachable) return "unreachable";
  return health.isWritingPaused ? "writing paused" : "ok";
}

/** How full an object is, 0 to 1. */
function fullness({ storageBytes, maxStorageBytes }: LedgerHealth): number {
  return storageBytes / maxStorageBytes;
}
