import type { LedgerConfig } from "../config/types.ts";
import type { Clock, LedgerClient } from "../shared/ports.ts";
import { shardForClaim, shardOf } from "./delivery-id.ts";
import type { LedgerObject } from "./ledger.edge.ts";
import { groupedCalls, type CallSender } from "./grouped-calls.ts";
import type {
  ClaimReply,
  ClaimRequest,
  EnqueueReply,
  EnqueueRequest,
  LedgerCalls,
  Refusal,
  RefusalBatch,
  Settlement,
} from "./protocol.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { hasSignature } from "../log/kept-signature.ts";
import { sealBatch, sealSettlement, type Sealing } from "../log/sealed-record.ts";
import { refusalBuffer } from "./refusal-buffer.ts";
import { inCalls } from "./settle-calls.ts";

/** Settles of one isolate travel together: one call each so many ms. */
const SETTLE_EVERY_MS = 10;
/** Refusals leave an isolate at most so often, ms. */
const REFUSE_EVERY_MS = 1_000;
/** Before each further call of a hand-over, ms: a deploy resets an object, and it is back in seconds. All inside of waitUntil's 30 s. */
const RETRIES_MS = [100, 500, 2_000, 5_000];

/** The request that carries a delivery to the ledger may die with it; after so long another one takes it over, ms. */
const CARRIER_PATIENCE_MS = 2_000;

// Shared by all requests of an isolate. The request that finds no call under way carries everybody's,
// inside of its own waitUntil; it is plain data, so no request touches another one's I/O.
const claims = forEachShard(groupedCalls<ClaimRequest, ClaimReply>);
const enqueues = forEachShard(groupedCalls<EnqueueRequest, EnqueueReply>);
const settlements: Settlement[] = [];
let works: (() => Promise<void>)[] = [];
let settleDueAtMs: number | undefined;
const refusals = refusalBuffer();
let refuseDueAtMs: number | undefined;
/** The first of those not kept whole that could be explained. */
let toExplain:
  | { readonly id: string; readonly explain: NonNullable<Refusal["explain"]> }
  | undefined;
let lastRefuseAtMs = 0;

/** Finds a shard's object. */
export type Stub = (shard: number) => LedgerCalls;

/** How the ledger's objects are found: by shard, at the configured place or under the configured jurisdiction. */
export function ledgerStubs(
  namespace: DurableObjectNamespace<LedgerObject>,
  { jurisdiction, location }: LedgerConfig,
): Stub {
  const options = location === undefined ? {} : { locationHint: location };
  const ids = new Map<number, DurableObjectId>();
  return (shard) => {
    // In here, and a new stub each time: what cannot be had fails a call and not the Worker, and after
    // an object was reset its old stubs fail for ever.
    const scope = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction);
    const id = ids.get(shard) ?? scope.idFromName(String(shard));
    ids.set(shard, id);
    // oxlint-disable-next-line no-unsafe-type-assertion -- the runtime's RPC types turn tuples into arrays, which the wire does not
    return scope.get(id, options) as unknown as LedgerCalls;
  };
}

/** The ledger as one request of the Worker uses it. */
export function ledgerClient(input: {
  readonly stub: Stub;
  readonly shards: number;
  readonly clock: Clock;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** What leaves for the ledger is sealed here. */
  readonly sealing: Sealing;
  /** Told of what could not be handed over; never throws. */
  readonly onLost: (what: {
    readonly deliveryIds: readonly string[];
    readonly error: string;
  }) => void;
}): LedgerClient {
  const { stub, shards, clock, waitUntil } = input;

  /** Carries what this isolate has to tell by then: for some ten milliseconds, one request works for all. */
  async function carry(): Promise<void> {
    await clock.sleep(SETTLE_EVERY_MS);
    const taken = works;
    works = [];
    await Promise.allSettled(taken.map((work) => work()));
    await sendSettlements();
  }

  async function sendSettlements(): Promise<void> {
    settleDueAtMs = undefined;
    const sealed = await Promise.all(
      settlements.splice(0).map((settlement) => sealSettlement(settlement, input.sealing)),
    );
    const byShard = Map.groupBy(sealed, ({ deliveryId }) => shardOf(deliveryId));
    const calls = [...byShard].flatMap(([shard, all]) =>
      inCalls(all).map((batch) =>
        handOver(
          async () => stub(shard).settle(batch),
          batch.map(({ deliveryId }) => deliveryId),
        ),
      ),
    );
    await Promise.all(calls);
  }

  async function sendRefusals(delayMs: number): Promise<void> {
    await clock.sleep(delayMs);
    refuseDueAtMs = undefined;
    lastRefuseAtMs = clock.now();
    const taken = refusals.take();
    if (taken === undefined) return;
    const explained = await withExplanation(taken);
    const batch = await sealBatch(explained, input.sealing);
    await handOver(async () => stub(0).refuse(batch), []);
  }

  async function handOver(
    call: () => Promise<unknown>,
    deliveryIds: readonly string[],
  ): Promise<void> {
    for (const retryMs of [...RETRIES_MS, undefined]) {
      try {
        await call();
        return;
      } catch (error) {
        if (retryMs === undefined || isOverload(error)) {
          input.onLost({ deliveryIds, error: String(error) });
          return;
        }
        await clock.sleep(retryMs);
      }
    }
  }

  const sender: Omit<CallSender<unknown, unknown>, "one" | "all"> = {
    nowMs: () => clock.now(),
    sleep: (delayMs) => clock.sleep(delayMs),
    waitUntil,
    mayAskAgain: (error) => !isOverload(error),
  };
  return {
    claim: (request) => {
      const shard = shardForClaim(request.claimKey, shards);
      return claims(shard)(request, {
        ...sender,
        one: (alone) => twice(async () => stub(shard).claim(alone)),
        all: async (together) => stub(shard).claimAll(together),
      });
    },
    enqueue: (request) => {
      const shard = shardOf(request.record.id);
      return enqueues(shard)(request, {
        ...sender,
        one: (alone) => twice(async () => stub(shard).enqueue(alone)),
        all: async (together) => stub(shard).enqueueAll(together),
      });
    },
    wait: async (request) => stub(shardForClaim(request.claimKey, shards)).wait(request),
    settle: (settlement) => {
      settlements.push(settlement);
      carrySoon();
    },
    afterwards: (work) => {
      works.push(work);
      carrySoon();
    },
    release: (settlement) => {
      settlements.push(settlement);
      const sent = sendSettlements();
      waitUntil(sent);
      return sent;
    },
    refuse: (refusal) => {
      const nowMs = clock.now();
      const kept = refusals.add(refusal, nowMs);
      const { explain } = refusal;
      if (kept !== undefined && explain !== undefined && !hasSignature(kept.request))
        toExplain ??= { id: kept.id, explain };
      if (!isCarrierNeeded(refuseDueAtMs)) return;
      refuseDueAtMs = Math.max(nowMs + SETTLE_EVERY_MS, lastRefuseAtMs + REFUSE_EVERY_MS);
      waitUntil(sendRefusals(refuseDueAtMs - nowMs));
    },
  };

  function carrySoon(): void {
    if (!isCarrierNeeded(settleDueAtMs)) return;
    settleDueAtMs = clock.now() + SETTLE_EVERY_MS;
    waitUntil(carry());
  }

  function isCarrierNeeded(dueAtMs: number | undefined): boolean {
    return dueAtMs === undefined || clock.now() > dueAtMs + CARRIER_PATIENCE_MS;
  }
}

/** One a batch, which is one a second: a flood may cost no more. */
async function withExplanation(batch: RefusalBatch): Promise<RefusalBatch> {
  const wanted = toExplain;
  toExplain = undefined;
  const explanation = await wanted?.explain().catch(() => undefined);
  if (wanted === undefined || explanation === undefined) return batch;
  const add = (record: DeliveryRecord): DeliveryRecord =>
    record.id === wanted.id ? { ...record, explanation } : record;
  return {
    counts: batch.counts.map((each) => ({ ...each, sample: each.sample && add(each.sample) })),
    records: batch.records.map(add),
  };
}

/** One more call with a new stub, unless it is too much already. */
async function twice<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isOverload(error)) throw error;
    return call();
  }
}

/** More calls make an overloaded object worse. */
function isOverload(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}

/** One of something for each shard, made when it is first asked for. */
function forEachShard<T>(make: () => T): (shard: number) => T {
  const made = new Map<number, T>();
  return (shard) => {
    const known = made.get(shard) ?? make();
    made.set(shard, known);
    return known;
  };
}
