// What a hostile review has found in the queue and in replays, and has to stay mended.
import { env } from "cloudflare:workers";
import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { breakers } from "../../src/forward/breakers.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import { LedgerObject } from "../../src/ledger/ledger.edge.ts";
import type { AttemptEnd, AttemptSettlement, Job } from "../../src/ledger/protocol.ts";
import { Queue } from "../../src/ledger/queue.edge.ts";
import { Tables } from "../../src/ledger/tables.edge.ts";
import { encodeWebhook } from "../../src/queue/stored-webhook.ts";
import {
  LEASE_MS,
  NOON,
  SECOND,
  delivered,
  enqueue,
  leaseOf,
  ledger,
  outcomeOf,
  record,
  request,
  ring,
  seenBy,
  stub,
  told,
  until,
  webhook,
} from "../support/queue-ledger.ts";
import { deliveryRecord } from "../support/records.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function settlement(id: string, lease: number, end: AttemptEnd, number = 1): AttemptSettlement {
  const outcome =
    end.kind === "delivered"
      ? ({ kind: "usable", status: 200, notes: [] } as const)
      : ({ kind: "failed", class: "status", status: 500, twilioCode: 11_217, detail: "" } as const);
  return {
    deliveryId: id,
    lease,
    attempt: {
      number,
      to: "origin",
      startedAtMs: Date.now(),
      durationMs: 5,
      timeoutMs: 15_000,
      outcome,
    },
    end,
    breaker: undefined,
  };
}
async function past(
  origin: string,
  count: number,
  more: Partial<DeliveryRecord> = {},
  fromMs = NOON - 3_600_000,
) {
  const records = Array.from({ length: count }, (_, n) =>
    deliveryRecord({
      id: record(origin, fromMs + n * SECOND).id,
      origin,
      outcome: "dead",
      request: { ...request, path: `/${origin}` },
      ...more,
    }),
  );
  await ledger().settle(
    records.map((each) => ({
      deliveryId: each.id,
      claim: undefined,
      record: each,
      breaker: undefined,
      counted: { origin, outcome: "dead" },
    })),
  );
  return records.map(({ id }) => id);
}
const PLAN = "01XE4WR9G000NCBBGJ8KFX2QH0";

describe("is not sent twice", () => {
  test("a repeated enqueue() is not given the lease of an attempt that the ledger makes itself", async () => {
    await told("two", { delayMs: 300 });
    const first = await enqueue("two");
    await ledger().settle([
      settlement(first.id, leaseOf(first.reply), { kind: "waits", delayMs: 1_000 }),
    ]);
    vi.setSystemTime(NOON + 1_000);
    const second = await enqueue("two"); // waits behind the first; its reply is lost on the way
    expect(second.reply).toEqual({ state: "queued", lease: undefined });
    await runDurableObjectAlarm(stub());
    await until(async () => expect((await seenBy("two")).requests.length).toBe(2));
    // client.edge.ts calls once more: with a lease its Worker makes an attempt at once.
    const again = await ledger().enqueue({
      record: second.kept,
      claim: undefined,
      leaseMs: LEASE_MS,
    });
    expect(again).toEqual({ state: "queued", lease: undefined });
  });

  test("the settle of a lease that was taken over does not count, also when the newer attempt has ended", async () => {
    await told("two", { status: 500 });
    const { id, reply } = await enqueue("two");
    await ring(NOON + LEASE_MS); // attempt 2, under a newer lease
    await until(async () => expect((await ledger().find(id))?.pending?.lease).toBeUndefined());
    const before = await ledger().find(id);
    expect(before?.attempts.map(({ number }) => number)).toEqual([1, 2]);
    await ledger().settle([
      settlement(id, leaseOf(reply), { kind: "dead", reason: "not_retried", request }),
    ]);
    expect(await outcomeOf(id)).toBe("queued");
  });

  test("a settle() that is repeated, since its reply was lost, changes nothing", async () => {
    const { id, reply } = await enqueue("one");
    const settled = settlement(id, leaseOf(reply), { kind: "waits", delayMs: 60_000 });
    await ledger().settle([settled]);
    const once = await ledger().find(id);
    vi.setSystemTime(NOON + 5_000);
    await ledger().settle([settled]);
    expect(await ledger().find(id)).toEqual(once);
  });

  test("what the ledger delivered is not listed as failed by the Worker that gave it up", async () => {
    const { id, kept, reply } = await enqueue("one");
    await ledger().settle([settlement(id, leaseOf(reply), delivered)]);
    await ledger().settle([
      {
        deliveryId: id,
        claim: undefined,
        record: { ...kept, outcome: "failed", reason: "ledger_unavailable", stored: undefined },
        breaker: undefined,
        counted: { origin: "one", outcome: "failed" },
      },
    ]);
    expect(await outcomeOf(id)).toBe("delivered");
  });
});

describe("a plan", () => {
  test("with deliveries of an origin that is gone sends the others, and is done", async () => {
    await told("two", {});
    const gone = await past("gone", 60);
    await past("two", 3, {}, NOON - 1_800_000);
    await ledger().plan({ id: PLAN, filters: { outcome: "dead" } });
    await ledger().runPlan({ id: PLAN, rate: 100 });
    for (let n = 1; n <= 20; n++) {
      await ring(NOON + n * 10_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await ledger().cancelPlan(PLAN);
    const health = await ledger().health();
    const leased = await ledger().lease({
      deliveryId: gone[0] ?? "",
      outcome: "dead",
      leaseMs: 1_000,
    });
    expect((await seenBy("two")).requests.length).toBe(3);
    expect(leased.state).toBe("leased");
    expect(health.queue).toEqual([]); // else health is 503 for ever
  });

  test("that is cancelled begins nothing more", async () => {
    await told("two", { delayMs: 100 });
    await past("two", 60);
    await ledger().plan({ id: PLAN, filters: { outcome: "dead" } });
    await ledger().runPlan({ id: PLAN, rate: 100 });
    await ring(NOON + 10_000);
    await until(async () => expect((await seenBy("two")).requests.length).toBe(2));
    expect((await ledger().cancelPlan(PLAN))?.state).toBe("cancelled");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await runDurableObjectAlarm(stub());
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { requests } = await seenBy("two");
    expect(requests.length).toBeLessThanOrEqual(3);
  }, 15_000);

  test("that was cancelled with its last ones under way, and is run again, is done", async () => {
    await told("two", { delayMs: 100 });
    await past("two", 2);
    await ledger().plan({ id: PLAN, filters: { outcome: "dead" } });
    await ledger().runPlan({ id: PLAN, rate: 100 });
    await ring(NOON + 1_000);
    await until(async () => expect((await seenBy("two")).requests.length).toBe(2));
    await ledger().cancelPlan(PLAN);
    await until(async () => expect((await ledger().findPlan(PLAN))?.delivered).toBe(2));
    await ledger().runPlan({ id: PLAN, rate: 100 });
    for (let n = 2; n < 6; n++) await ring(NOON + n * 60_000);
    expect((await ledger().findPlan(PLAN))?.state).toBe("done");
  });

  test("that cannot be read holds up neither what is queued nor the object", async () => {
    await told("one", {});
    const { id, reply } = await enqueue("one");
    await ledger().plan({ id: PLAN, filters: {} });
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec("UPDATE replays SET plan = 'not JSON'");
    });
    await ledger().settle([settlement(id, leaseOf(reply), { kind: "waits", delayMs: 1_000 })]);
    await ring(NOON + LEASE_MS);
    await until(async () => expect(await outcomeOf(id)).toBe("delivered"));
    // Not at once, again and again.
    const alarmAt = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
    expect(alarmAt).toBe(NOON + LEASE_MS + 5_000);
  });

  test("sends nothing that was queued when it was made", async () => {
    await told("one", {});
    const { id, reply } = await enqueue("one");
    vi.setSystemTime(NOON + 1_000);
    const plan = await ledger().plan({ id: PLAN, filters: { outcome: "dead" } });
    expect(plan.origins).toEqual({});
    const kept = { ...request, path: "/one" };
    await ledger().settle([
      settlement(id, leaseOf(reply), { kind: "dead", reason: "gone", request: kept }),
    ]);
    await ledger().runPlan({ id: PLAN, rate: 100 });
    await ring(NOON + 2_000);
    await until(async () => expect((await ledger().findPlan(PLAN))?.state).toBe("done"));
    expect((await seenBy("one")).requests).toEqual([]);
  });
});

/** A queue over the object's own storage, with origins that end when told. */
function harness(storage: DurableObjectStorage, concurrency = 4) {
  const tables = new Tables(storage.sql);
  tables.ensureDay("20361124");
  const started: Job[] = [];
  const endings = new Map<string, () => void>();
  const queue: Queue = new Queue({
    tables,
    breakers: breakers(),
    options: {
      origin: () => ({ concurrency, leaseMs: LEASE_MS, hasBreaker: false }),
      attempt: (job) =>
        new Promise((resolve) => {
          started.push(job);
          endings.set(job.record.id, () =>
            resolve(settlement(job.record.id, job.lease, delivered, job.number)),
          );
        }),
    },
    settle: (settled) => {
      queue.settle(settled, Date.now());
      queue.onAlarm(Date.now());
    },
  });
  const put = (origin: string, atMs: number, dueAtMs: number): string => {
    const kept = record(origin, atMs, { pending: { dueAtMs, lease: undefined } });
    queue.sendAgain(kept, dueAtMs);
    return kept.id;
  };
  return { tables, queue, started, endings, put };
}

describe("fairness", () => {
  test("a seventh origin with something due has its turn, whatever the other six have", async () => {
    await ledger().health();
    await runInDurableObject(stub(), async (_, { storage }) => {
      const { queue, started, endings, put } = harness(storage);
      const names = ["a", "b", "c", "d", "e", "f", "g"];
      for (const name of names)
        for (let n = 0; n < 100; n++) put(name, NOON - 60_000 + n, NOON - 60_000 + n);
      queue.onAlarm(NOON);
      for (let n = 0; n < 300; n++) {
        const next = started[n];
        if (next === undefined) throw new Error("nothing under way");
        endings.get(next.record.id)?.();
        await Promise.resolve();
        await Promise.resolve();
      }
      const counts = Object.fromEntries(
        names.map((name) => [name, started.filter(({ record: r }) => r.origin === name).length]),
      );

      expect(counts["g"]).toBeGreaterThan(0);
    });
  });

  test("every fourth attempt at each backlog is at its newest", async () => {
    await ledger().health();
    await runInDurableObject(stub(), async (_, { storage }) => {
      const { queue, started, endings, put } = harness(storage, 1);
      const newest: Record<string, Set<string>> = { a: new Set(), b: new Set() };
      for (const name of ["a", "b"])
        for (let n = 0; n < 200; n++) {
          const id = put(name, NOON - 60_000 + n, NOON - 60_000 + n);
          if (n >= 100) newest[name]?.add(id);
        }
      queue.onAlarm(NOON);
      for (let n = 0; n < 80; n++) {
        endings.get(started[n]?.record.id ?? "")?.();
        await Promise.resolve();
        await Promise.resolve();
      }
      const counts = ["a", "b"].map((name) => [
        name,
        started.filter(({ record: r }) => r.origin === name).length,
        started.filter(({ record: r }) => newest[name]?.has(r.id)).length,
      ]);

      for (const [, , ofNewest] of counts) expect(ofNewest).toBeGreaterThan(0);
    });
  });
});

describe("what must not be lost", () => {
  test("a stored webhook that this release cannot read is not thrown away", async () => {
    // A rollback, or old and new code in one deploy: what a later release has acknowledged.
    const bytes = Uint8Array.from(encodeWebhook(webhook));
    bytes[0] = 9;
    const stored = { bytes, sealedWith: undefined };
    const { id } = await enqueue("one", { stored });
    await ring(NOON + LEASE_MS);
    await until(async () => expect((await ledger().find(id))?.attempts.length).toBe(2));
    const found = await ledger().find(id);
    expect(found?.stored).toEqual(stored);
  });

  test("an object above 90 % keeps only metadata of what is delivered", async () => {
    await ledger().health();
    await runInDurableObject(stub(), async (_, state) => {
      const small = new LedgerObject(state, env, {
        logDays: 30,
        logKeys: [],
        maxStorageBytes: state.storage.sql.databaseSize / 0.91,
        queue: {
          origin: () => ({ concurrency: 4, leaseMs: LEASE_MS, hasBreaker: false }),
          attempt: async () => undefined,
        },
        openable: async () => [],
        tell: () => undefined,
        onBug: () => undefined,
      });
      const kept = record("one");
      const reply = small.enqueue({ record: kept, claim: undefined, leaseMs: LEASE_MS });
      small.settle([settlement(kept.id, leaseOf(reply), delivered)]);
      expect(small.find(kept.id)?.request.body).toBeUndefined();
    });
  });

  test("a queued row that findDelivery() cannot find is told once an alarm, and does not make begin() spin", async () => {
    await ledger().health();
    await runInDurableObject(stub(), (_, { storage }) => {
      const tables = new Tables(storage.sql);
      tables.ensureDay("20361127");
      let asked = 0;
      const queue = new Queue({
        tables,
        breakers: breakers(),
        options: {
          origin: () => {
            if (asked++ > 10_000) throw new Error("begin() spins");
            return { concurrency: 4, leaseMs: LEASE_MS, hasBreaker: false };
          },
          attempt: async () => undefined,
        },
        settle: () => undefined,
      });
      // The Worker's clock says the 26th, which has no tables, the ledger's the 27th.
      const midnight = Date.UTC(2036, 10, 27);
      const kept = record("one", midnight - 5);
      queue.sendAgain(kept, midnight + 5);
      expect(tables.findDelivery(kept.id)?.id).toBe(kept.id);
      // The clock goes back by 10 ms: the 26th has tables now.
      tables.ensureDay("20361126");
      expect(() => queue.onAlarm(midnight + 10)).toThrow(`${kept.id} is due`);
      expect(asked).toBeLessThan(200);
    });
  });
});
