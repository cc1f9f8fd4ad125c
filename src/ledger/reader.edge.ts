import type { Clock, LogReader } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import type { Stub } from "./client.edge.ts";
import { shardOf } from "./delivery-id.ts";
import type { LedgerCalls, LedgerHealth } from "./protocol.ts";
import { mergePlans, type ReplayPlan } from "./replay-plan.ts";
import { mergePages } from "./search.ts";
import { mergeSteps } from "./tally.ts";
import { watchShards } from "./watch.edge.ts";

/** How long one shard may take to say how it is, ms. */
const HEALTH_PATIENCE_MS = 2_000;

/** Reads the log over all shards. */
export function ledgerReader(stub: Stub, shards: number, clock: Clock): LogReader {
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  return {
    find: async (deliveryId) =>
      // A made-up id must not bring an object into being.
      shardOf(deliveryId) < shards ? stub(shardOf(deliveryId)).find(deliveryId) : undefined,
    lease: async (request) =>
      shardOf(request.deliveryId) < shards
        ? stub(shardOf(request.deliveryId)).lease(request)
        : { state: "unknown" },
    plan: (request) => overall((ledger) => ledger.plan(request)),
    runPlan: ({ id, rate }) => overall((ledger) => ledger.runPlan({ id, rate: rate / shards })),
    cancelPlan: (id) => overall((ledger) => ledger.cancelPlan(id)),
    findPlan: (id) => overall((ledger) => ledger.findPlan(id)),
    plans: async () => {
      const parts = await Promise.all(numbers.map(async (shard) => stub(shard).plans()));
      const byId = Map.groupBy(parts.flat(), ({ id }) => id);
      return [...byId.values()].flatMap((plan) => mergePlans(plan) ?? []);
    },
    stats: async (request) => {
      const parts = await Promise.all(numbers.map(async (shard) => stub(shard).stats(request)));
      return mergeSteps(parts);
    },
    erase: async ({ wanted, limit }) => {
      // Each has its part of the limit: together they never erase more.
      const each = { wanted, limit: Math.max(1, Math.floor(limit / shards)) };
      const parts = await Promise.all(numbers.map(async (shard) => stub(shard).erase(each)));
      return {
        erased: sumOf(parts.map(({ erased }) => erased)),
        underWay: sumOf(parts.map(({ underWay }) => underWay)),
        isComplete: parts.every(({ isComplete }) => isComplete),
        claimKeys: parts.flatMap(({ claimKeys }) => claimKeys),
      };
    },
    audit: async (entry) => stub(0).audit(entry),
    audits: async (limit) => stub(0).audits(limit),
    search: async (request) => {
      const pages = await Promise.all(numbers.map(async (shard) => stub(shard).search(request)));
      return mergePages(pages, request.limit);
    },
    records: async (deliveryIds) => {
      const byShard = Map.groupBy(deliveryIds, shardOf);
      const parts = await Promise.all(
        [...byShard].map(async ([shard, ids]) => stub(shard).records(ids)),
      );
      const found = new Map(parts.flat().map((record) => [record.id, record]));
      return deliveryIds.flatMap((id) => found.get(id) ?? []);
    },
    watch: () => watchShards(stub, shards, clock),
    health: (mayBeOld = false) =>
      Promise.all(
        numbers.map((shard) => within(healthOf(shard, mayBeOld), HEALTH_PATIENCE_MS, clock)),
      ),
  };

  async function overall(
    ask: (ledger: LedgerCalls) => Promise<ReplayPlan | undefined>,
  ): Promise<ReplayPlan | undefined> {
    const parts = await Promise.all(numbers.map(async (shard) => ask(stub(shard))));
    return mergePlans(parts.filter((part) => part !== undefined));
  }

  async function healthOf(shard: number, mayBeOld: boolean): Promise<LedgerHealth | undefined> {
    try {
      return await stub(shard).health(mayBeOld);
    } catch {
      return undefined;
    }
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
