import type { LedgerHealth } from "../../src/ledger/protocol.ts";
import { tallyOf } from "../../src/ledger/tally.ts";
import type { MetricsInput } from "../../src/log/metrics.ts";

const health: LedgerHealth = {
  storageBytes: 4_096,
  maxStorageBytes: 10_000_000_000,
  running: 2,
  breakers: [{ origin: "sms", state: "open" }],
  today: [],
  queue: [{ origin: "status", count: 3, oldestAgeMs: 61_500, held: "key_gone" }],
  sinceStart: {
    startedAtMs: 1_795_000_000_000,
    calls: 7,
    rowsWritten: 21,
    tally: tallyOf(
      [12, 180, 20_000].map((totalMs) => ({
        origin: 'an "odd"\\ name',
        outcome: "answered",
        reason: "",
        count: 1,
        errorCode: 11_200,
        totalMs,
        originMs: totalMs,
      })),
    ),
  },
};

/** What metrics are made of: a shard with a bit of everything, one that is away, and names that want escaping. */
export const metricsInput: MetricsInput = {
  version: "0.1.0",
  shards: [health, undefined],
  problems: 1,
  kv: "ok",
};
