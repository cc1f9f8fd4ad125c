import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import type { AttemptEnd, AttemptSettlement } from "../../src/ledger/protocol.ts";
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
} from "../support/queue-ledger.ts";
import { deliveryRecord } from "../support/records.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

/** What the log keeps of a webhook to a path. */
function requestTo(path: string): DeliveryRecord["request"] {
  return { ...request, path };
}

function settlement(
  id: string,
  lease: number,
  end: AttemptEnd,
  event: "answered" | "unreached" = "answered",
): AttemptSettlement {
  const outcome =
    end.kind === "delivered"
      ? ({ kind: "usable", status: 200, notes: [] } as const)
      : ({
          kind: "failed",
          class: "unreached",
          status: 521,
          twilioCode: 11_202,
          detail: "",
        } as const);
  return {
    deliveryId: id,
    lease,
    attempt: {
      number: 1,
      to: "origin",
      startedAtMs: NOON,
      durationMs: 5,
      timeoutMs: 15_000,
      outcome,
    },
    end,
    breaker: { origin: "one", events: [event] },
  };
}

/** Rings again and again, as the alarms that are set would, until `isDone`. */
async function drain(isDone: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    await runDurableObjectAlarm(stub());
    expect(await isDone()).toBe(true);
  }, 20_000);
}

async function queuedCount(): Promise<number> {
  const { queue } = await ledger().health();
  return queue.reduce((sum, { count }) => sum + count, 0);
}

async function alarmAtMs(): Promise<number | null> {
  return runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
}

async function rowsWritten(): Promise<number> {
  return (await ledger().health()).sinceStart.rowsWritten;
}

describe("enqueue()", () => {
  test("keeps a webhook whole, and grants its first attempt", async () => {
    const { id, reply } = await enqueue("one");
    expect(reply).toMatchObject({ state: "queued" });
    const found = await ledger().find(id);
    expect(found).toMatchObject({
      outcome: "queued",
      pending: { dueAtMs: NOON + LEASE_MS, lease: leaseOf(reply) },
    });
    expect(found?.stored?.bytes.length).toBeGreaterThan(100);
  });

  test("says the same again to a repeated call, whose first reply was lost", async () => {
    const kept = record("one");
    const asked = { record: kept, claim: undefined, leaseMs: LEASE_MS };
    const first = await ledger().enqueue(asked);
    expect(await ledger().enqueue(asked)).toEqual(first);
    expect(await queuedCount()).toBe(1);
  });

  test("gives a duplicate the acknowledgement of the first, also after eviction, and for as long as its TTL says", async () => {
    const answer = { status: 200, headers: [], body: new Uint8Array() };
    const claim = { claimKey: "ab".repeat(32), ttlSeconds: 600, answer };
    const first = record("one");
    await ledger().enqueue({ record: first, claim, leaseMs: LEASE_MS });
    await evictDurableObject(stub());
    const again = await ledger().enqueue({ record: record("one"), claim, leaseMs: LEASE_MS });
    expect(again).toEqual({ state: "done", deliveryId: first.id, answer });
    expect(await queuedCount()).toBe(1);
    vi.setSystemTime(NOON + 600 * SECOND);
    expect(
      (await ledger().enqueue({ record: record("one"), claim, leaseMs: LEASE_MS })).state,
    ).toBe("queued");
  });

  test("keeps those that come in one call in their order, a duplicate among them only once", async () => {
    const answer = { status: 200, headers: [], body: new Uint8Array() };
    const claim = { claimKey: "ab".repeat(32), ttlSeconds: 600, answer };
    const kept = [record("one"), record("one"), record("one")];
    const replies = await ledger().enqueueAll(
      kept.map((each, n) => ({
        record: each,
        claim: n === 1 ? undefined : claim,
        leaseMs: LEASE_MS,
      })),
    );
    expect(replies.map(({ state }) => state)).toEqual(["queued", "queued", "done"]);
    expect(replies[2]).toMatchObject({ deliveryId: kept[0]?.id });
    expect(await queuedCount()).toBe(2);
  });

  test("of two hundred copies at once keeps one", async () => {
    const answer = { status: 200, headers: [], body: new Uint8Array() };
    const claim = { claimKey: "ab".repeat(32), ttlSeconds: 600, answer };
    const replies = await Promise.all(
      Array.from({ length: 200 }, () =>
        ledger().enqueue({ record: record("one"), claim, leaseMs: LEASE_MS }),
      ),
    );
    expect(replies.filter(({ state }) => state === "queued").length).toBe(1);
    expect(await queuedCount()).toBe(1);
  });

  test("grants no first attempt while others wait before it, nor while the breaker is open", async () => {
    const first = await enqueue("one");
    await ledger().settle([
      settlement(first.id, leaseOf(first.reply), { kind: "waits", delayMs: 5 * SECOND }),
    ]);
    expect(leaseOf((await enqueue("one")).reply)).toBeGreaterThan(0); // it waits for its time, not for its turn
    vi.setSystemTime(NOON + 5 * SECOND);
    expect((await enqueue("one")).reply).toEqual({ state: "queued", lease: undefined });
    expect(leaseOf((await enqueue("two")).reply)).toBeGreaterThan(0); // another origin's

    const other = await enqueue("two");
    const failed = settlement(
      other.id,
      leaseOf(other.reply),
      { kind: "waits", delayMs: 60 * SECOND },
      "unreached",
    );
    const events = Array.from({ length: 5 }, () => "unreached" as const);
    await ledger().settle([{ ...failed, breaker: { origin: "two", events } }]);
    expect((await enqueue("two")).reply).toEqual({ state: "queued", lease: undefined });
  });

  test("keeps what is for an origin that is not configured, and health says so", async () => {
    const { reply } = await enqueue("gone");
    expect(reply).toEqual({ state: "queued", lease: undefined });
    expect((await ledger().health()).queue).toEqual([
      { origin: "gone", count: 1, oldestAgeMs: 0, held: "origin_gone" },
    ]);
  });

  test("after its webhook was settled by whoever could not wait for it keeps nothing", async () => {
    const kept = record("one");
    const over = { ...kept, outcome: "delivered", stored: undefined } as const;
    const counted = { origin: "one", outcome: "delivered" };
    await ledger().settle([
      { deliveryId: kept.id, claim: undefined, record: over, breaker: undefined, counted },
    ]);
    expect(await ledger().enqueue({ record: kept, claim: undefined, leaseMs: LEASE_MS })).toEqual({
      state: "queued",
      lease: undefined,
    });
    expect(await queuedCount()).toBe(0);
    expect(await outcomeOf(kept.id)).toBe("delivered");
  });

  test("that was too late for its Worker: what that delivered is not sent again, what it did not is still queued", async () => {
    const [taken, failed] = [record("one"), record("one")];
    for (const kept of [taken, failed])
      await ledger().enqueue({ record: kept, claim: undefined, leaseMs: LEASE_MS });
    const common = { claim: undefined, breaker: undefined };
    await ledger().settle([
      {
        ...common,
        deliveryId: taken.id,
        record: { ...taken, outcome: "delivered", stored: undefined },
        counted: { origin: "one", outcome: "delivered" },
      },
      {
        ...common,
        deliveryId: failed.id,
        record: { ...failed, outcome: "failed", stored: undefined },
        counted: { origin: "one", outcome: "failed" },
      },
    ]);
    expect(await outcomeOf(taken.id)).toBe("delivered");
    expect(await outcomeOf(failed.id)).toBe("queued");
    expect(await queuedCount()).toBe(1);
  });
});

describe("rows written", () => {
  test("for a webhook with a claim that is delivered at the first attempt are five", async () => {
    const answer = { status: 200, headers: [], body: new Uint8Array() };
    const send = async (n: number): Promise<void> => {
      const kept = record("one");
      const claim = { claimKey: n.toString(16).padStart(64, "0"), ttlSeconds: 600, answer };
      const reply = await ledger().enqueue({ record: kept, claim, leaseMs: LEASE_MS });
      await ledger().settle([settlement(kept.id, leaseOf(reply), delivered)]);
    };
    await send(0); // with it go the day's tables, its alarm and its counters
    const before = await rowsWritten();
    for (let n = 1; n <= 100; n++) await send(n);
    const each = ((await rowsWritten()) - before) / 100;
    expect(each).toBeGreaterThanOrEqual(5);
    expect(each).toBeLessThan(5.1); // counters, written now and then
  });
});

describe("the alarm", () => {
  test("is set for the end of a lease, and not anew for each one after", async () => {
    await enqueue("one");
    expect(await alarmAtMs()).toBe(NOON + LEASE_MS);
    vi.setSystemTime(NOON + 5 * SECOND);
    await enqueue("one");
    expect(await alarmAtMs()).toBe(NOON + LEASE_MS);
  });

  test("takes over what was lost with its process, and tells of the attempt that was", async () => {
    await told("one", {});
    const { id } = await enqueue("one");
    await evictDurableObject(stub());
    await ring(NOON + LEASE_MS - 1);
    expect((await seenBy("one")).requests).toEqual([]);
    await ring(NOON + LEASE_MS);
    await until(async () => expect(await outcomeOf(id)).toBe("delivered"));
    expect((await seenBy("one")).requests).toEqual([{ delivery: id, attempt: 2, replay: null }]);
    expect((await ledger().find(id))?.attempts).toMatchObject([
      { number: 1, outcome: { class: "lost" } },
      { number: 2, outcome: { kind: "usable" } },
    ]);
  });

  test("keeps to the schedule, to the millisecond, until it is dead when the hours are over", async () => {
    await told("two", { status: 500 });
    const { id } = await enqueue("two");
    const due: number[] = [];
    await ring(NOON + LEASE_MS);
    for (let n = 0; n < 100 && (await outcomeOf(id)) === "queued"; n++) {
      const pending = await until(async () => {
        const found = await ledger().find(id);
        if (found?.pending?.lease !== undefined) throw new Error("under way");
        return found?.pending;
      });
      if (pending === undefined) break;
      due.push(pending.dueAtMs - NOON);
      expect(await alarmAtMs()).toBeLessThanOrEqual(pending.dueAtMs);
      await ring(pending.dueAtMs - 1);
      expect((await ledger().find(id))?.pending?.lease).toBeUndefined();
      await ring(pending.dueAtMs);
    }
    expect(due.slice(0, 3)).toEqual([LEASE_MS + 60_000, LEASE_MS + 120_000, LEASE_MS + 180_000]);
    expect(due.at(-1)).toBe(3_600_000);
    expect(await ledger().find(id)).toMatchObject({
      outcome: "dead",
      reason: "hours_used",
      stored: undefined,
    });
    expect((await ledger().health()).today).toContainEqual({
      origin: "two",
      outcome: "dead",
      reason: "",
      count: 1,
    });
  });

  test("is armed by an object that starts with due rows and none", async () => {
    await enqueue("one");
    await runInDurableObject(stub(), (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub());
    expect(await alarmAtMs()).toBe(NOON + LEASE_MS);
  });

  test("rings once more for the day's end when nothing is due any more", async () => {
    const { id, reply } = await enqueue("one");
    await ledger().settle([settlement(id, leaseOf(reply), delivered)]);
    await ring(NOON + LEASE_MS);
    expect(await alarmAtMs()).toBe(Date.UTC(2036, 10, 25) + SECOND);
  });

  test("starts no more than an origin's concurrency, and forty at the most", async () => {
    await told("two", { delayMs: 20 });
    const ids: string[] = [];
    for (let n = 0; n < 60; n++) {
      ids.push((await enqueue("two")).id);
    }
    vi.setSystemTime(NOON + LEASE_MS);
    await runDurableObjectAlarm(stub());
    await until(async () => expect((await seenBy("two")).requests.length).toBe(40), 5_000);
    await until(async () => expect(await queuedCount()).toBe(20));
    expect((await seenBy("two")).requests.length).toBe(40);
    expect(await alarmAtMs()).toBe(NOON + LEASE_MS + 1);
    await drain(async () => (await queuedCount()) === 0);
    const { requests, peak } = await seenBy("two");
    expect(peak).toBe(2);
    expect(new Set(requests.map(({ delivery }) => delivery))).toEqual(new Set(ids));
    expect(requests.length).toBe(60);
  });

  test("has six under way at the most, and gives every origin some of them", async () => {
    await told("one", { delayMs: 50 });
    await told("unbroken", { delayMs: 50 });
    for (let n = 0; n < 20; n++) {
      await enqueue("one");
      await enqueue("unbroken");
    }
    vi.setSystemTime(NOON + LEASE_MS);
    await runDurableObjectAlarm(stub());
    await until(async () => expect(await queuedCount()).toBe(0), 5_000);
    const [one, other] = [await seenBy("one"), await seenBy("unbroken")];
    expect([one.peak, other.peak]).toEqual([3, 3]);
  });

  test("looks at so many rows whatever waits, and writes as many", async () => {
    await told("two", { status: 500 });
    const cost = async (): Promise<number> => {
      await runDurableObjectAlarm(stub());
      await until(async () => expect((await seenBy("two")).requests.length).toBe(40), 5_000);
      const before = await rowsWritten();
      await told("two", { status: 500 });
      await runDurableObjectAlarm(stub());
      await until(async () => expect((await seenBy("two")).requests.length).toBe(40), 5_000);
      return (await rowsWritten()) - before;
    };
    for (let n = 0; n < 100; n++) await enqueue("two");
    vi.setSystemTime(NOON + LEASE_MS);
    const few = await cost();
    for (let n = 0; n < 900; n++) await enqueue("two");
    vi.setSystemTime(NOON + 2 * LEASE_MS);
    await told("two", { status: 500 });
    const many = await cost();
    expect(many).toBeLessThanOrEqual(few * 1.1);
  });
});

describe("an outage", () => {
  test("through the schedule's first steps: all is delivered, within the limit, and new ones do not wait for the last", async () => {
    await told("two", { status: 500 });
    const old: string[] = [];
    for (let n = 0; n < 40; n++) {
      vi.setSystemTime(NOON + n);
      old.push((await enqueue("two")).id);
    }
    // Down for the first lease, then 10 s and 60 s.
    for (const sinceMs of [LEASE_MS + 100, LEASE_MS + 70_000, LEASE_MS + 140_000]) {
      vi.setSystemTime(NOON + sinceMs);
      const { requests } = await seenBy("two");
      await drain(async () => (await seenBy("two")).requests.length >= requests.length + 40);
      await drain(async () =>
        (await ledger().search({ filters: {}, limit: 200, after: undefined })).every(
          ({ pending }) => pending?.lease === undefined,
        ),
      );
    }
    vi.setSystemTime(NOON + LEASE_MS + 220_000);
    await told("two", { delayMs: 10 });
    const fresh = (await enqueue("two")).id;
    await drain(async () => (await queuedCount()) === 0);
    const { requests, peak } = await seenBy("two");
    const order = requests.map(({ delivery }) => delivery);
    expect(peak).toBeLessThanOrEqual(2);
    expect(order.length).toBe(41);
    expect(new Set(order)).toEqual(new Set([...old, fresh]));
    expect(order.indexOf(fresh)).toBeLessThan(5);
    expect(order.slice(0, 2).every((id) => old.slice(0, 10).includes(id))).toBe(true);
    for (const id of old) expect((await ledger().find(id))?.attempts.length).toBe(5);
  });

  test("that nobody answers opens the breaker: it postpones, lets one through, and the rest when that went well", async () => {
    await told("one", { status: 521 });
    for (let n = 0; n < 30; n++) await enqueue("one");
    vi.setSystemTime(NOON + LEASE_MS);
    await runDurableObjectAlarm(stub());
    await until(async () =>
      expect((await ledger().health()).breakers).toMatchObject([{ origin: "one", state: "open" }]),
    );
    const burnt = await until(async () => {
      const { requests } = await seenBy("one");
      const { queue } = await ledger().health();
      expect(queue[0]?.count).toBe(30);
      return requests.length;
    });
    expect(burnt).toBeLessThanOrEqual(9); // five in a row, and what was under way beside them
    expect(await alarmAtMs()).toBeLessThanOrEqual(NOON + LEASE_MS + 5 * SECOND);

    await ring(NOON + LEASE_MS + 5 * SECOND); // the probe
    await until(async () => expect((await seenBy("one")).requests.length).toBe(burnt + 1));
    await until(async () =>
      expect((await ledger().health()).breakers).toMatchObject([{ origin: "one", state: "open" }]),
    );

    await told("one", {});
    vi.setSystemTime(NOON + 60 * SECOND);
    await drain(async () => (await queuedCount()) === 0);
    expect((await seenBy("one")).peak).toBeLessThanOrEqual(4);
  });
});

describe("LOG_KEY", () => {
  test("that is not there leaves queued what it sealed, whole, and health says so", async () => {
    await told("one", {});
    const stored = { bytes: new Uint8Array(40), sealedWith: "abcdef01" };
    const sealed = await enqueue("one", { stored });
    const plain = await enqueue("one");
    await ring(NOON + LEASE_MS);
    await until(async () => expect(await outcomeOf(plain.id)).toBe("delivered"));
    expect((await ledger().find(sealed.id))?.stored).toEqual(stored);
    expect((await ledger().health()).queue).toMatchObject([
      { origin: "one", count: 1, held: "key_gone" },
    ]);
    expect(leaseOf((await enqueue("one")).reply)).toBeGreaterThan(0); // nobody waits behind it
  });
});

describe("the day's end", () => {
  test("moves on what is still queued, where it is found, listed and delivered", async () => {
    await told("one", {});
    const { id, reply } = await enqueue("one");
    await ledger().settle([
      settlement(id, leaseOf(reply), { kind: "waits", delayMs: 60 * 86_400_000 }),
    ]);
    const { id: over, reply: leased } = await enqueue("one");
    await ledger().settle([settlement(over, leaseOf(leased), delivered)]);
    for (let day = 1; day <= 32; day++) {
      await ring(NOON + day * 86_400_000);
      await enqueue("gone"); // so that there are days between
    }
    expect(await ledger().find(over)).toBeUndefined();
    expect(await outcomeOf(id)).toBe("queued");
    const listed = await ledger().search({
      filters: { origin: "one" },
      limit: 10,
      after: undefined,
    });
    expect(listed.map((found) => found.id)).toEqual([id]);
    await ring(NOON + 60 * 86_400_000);
    await until(async () => expect(await outcomeOf(id)).toBe("delivered"));
  });
});

describe("a ledger as 0.1.0 left it", () => {
  test("is brought up to date when it is opened, and its rows stay", async () => {
    const old = deliveryRecord({
      id: newDeliveryId({ receivedAtMs: NOON, shard: 0, random: Math.random }),
    });
    await runInDurableObject(stub(), (_, { storage }) => {
      for (const statement of SCHEMA_0_1_0) storage.sql.exec(statement);
      storage.sql.exec(
        "INSERT INTO deliveries_20361124 VALUES (?, ?, 'answered', 'sms', ?, 12, NULL, NULL, 200, NULL, '', 0, ?, NULL, NULL, NULL, NULL)",
        NOON * 2048,
        old.id,
        NOON,
        JSON.stringify({ isVerified: true, attempts: [], request: old.request }),
      );
    });
    await evictDurableObject(stub());
    expect(await ledger().find(old.id)).toMatchObject({
      id: old.id,
      outcome: "answered",
      pending: undefined,
    });
    const { id } = await enqueue("one");
    expect(await outcomeOf(id)).toBe("queued");
    // 0.1.0 goes on writing: it names its columns.
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        "INSERT OR REPLACE INTO deliveries_20361124 (seq, id, outcome, received_at_ms, duration_ms, http_status, sids, attempts, detail) VALUES (1, 'x', 'answered', 1, 1, 200, '', 0, '{}')",
      );
    });
  });
});

const COLUMNS_0_1_0 = `
  id TEXT NOT NULL, outcome TEXT NOT NULL, origin TEXT, received_at_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
  account_sid TEXT, twilio_status TEXT, http_status INTEGER NOT NULL, error_code INTEGER, sids TEXT NOT NULL,
  attempts INTEGER NOT NULL, detail TEXT NOT NULL,
  request_body BLOB, answer_status INTEGER, answer_headers TEXT, answer_body BLOB`;

/** A day as release 0.1.0 made it; taken from its src/ledger/schema.ts. */
const SCHEMA_0_1_0 = [
  `CREATE TABLE claims_20361124 (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, fence INTEGER NOT NULL, delivery_id TEXT NOT NULL,
    origin TEXT NOT NULL, is_listed INTEGER NOT NULL, started_at_ms INTEGER NOT NULL, ends_at_ms INTEGER NOT NULL,
    answer_status INTEGER, answer_headers TEXT, answer_body BLOB
  ) WITHOUT ROWID`,
  `CREATE TABLE deliveries_20361124 (seq INTEGER PRIMARY KEY, ${COLUMNS_0_1_0})`,
  `CREATE TABLE refusals_20361124 (slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ${COLUMNS_0_1_0})`,
  `CREATE TABLE counts_20361124 (
    origin TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (origin, outcome, reason)
  ) WITHOUT ROWID`,
];

describe("a replay by plan", () => {
  const PLAN = "01XE4WR9G000NCBBGJ8KFX2QH0";

  /** Deliveries that are over, a second apart. */
  async function past(
    count: number,
    more: Partial<DeliveryRecord> = {},
  ): Promise<readonly string[]> {
    const records = Array.from({ length: count }, (_, n) => {
      const { id } = record("two", NOON - 3_600_000 + n * SECOND);
      return deliveryRecord({
        id,
        origin: "two",
        outcome: "dead",
        request: requestTo("/two"),
        ...more,
      });
    });
    const counted = { origin: "two", outcome: "dead" };
    await ledger().settle(
      records.map((each) => ({
        deliveryId: each.id,
        claim: undefined,
        record: each,
        breaker: undefined,
        counted,
      })),
    );
    return records.map(({ id }) => id);
  }

  test("finds what it would send, and sends nothing", async () => {
    await told("two", {});
    await past(5);
    await past(2, { outcome: "duplicate" });
    const plan = await ledger().plan({ id: PLAN, filters: { origin: "two" } });
    expect(plan).toMatchObject({
      state: "planned",
      origins: { two: 5 },
      oldestAtMs: NOON - 3_600_000,
      newestAtMs: NOON - 3_596_000,
    });
    await runDurableObjectAlarm(stub());
    expect((await seenBy("two")).requests).toEqual([]);
    expect(await ledger().plan({ id: PLAN, filters: {} })).toEqual(plan);
  });

  test("sends each once, oldest first, at its rate, and never more than the limit at once", async () => {
    await told("two", { delayMs: 20 });
    const ids = await past(30);
    await past(1, { isVerified: false });
    await ledger().plan({ id: PLAN, filters: { outcome: "dead" } });
    await ledger().runPlan({ id: PLAN, rate: 10 });
    await runDurableObjectAlarm(stub());
    await until(async () => expect((await seenBy("two")).requests.length).toBe(1));
    expect(await alarmAtMs()).toBe(NOON + 100);
    await ring(NOON + 1_000);
    await until(async () => expect((await seenBy("two")).requests.length).toBe(10)); // and one was skipped
    // A late alarm makes up for a second's worth and no more.
    await ring(NOON + 10_000);
    await until(async () => expect((await seenBy("two")).requests.length).toBe(21));
    vi.setSystemTime(NOON + 11_000);
    await drain(async () => (await ledger().findPlan(PLAN))?.state === "done");
    expect(await ledger().findPlan(PLAN)).toMatchObject({
      sent: 30,
      delivered: 30,
      failed: 0,
      skipped: 1,
    });
    const { requests, peak } = await seenBy("two");
    expect(requests.map(({ delivery }) => delivery).toSorted()).toEqual([...ids].toSorted());
    expect(new Set(requests.map(({ replay }) => replay))).toEqual(new Set([PLAN]));
    expect(peak).toBe(2);
    const found = await ledger().find(ids[0] ?? "");
    expect(found).toMatchObject({
      outcome: "delivered",
      replay: PLAN,
      attempts: [{ replay: PLAN }],
    });

    await ledger().runPlan({ id: PLAN, rate: 100 });
    await runDurableObjectAlarm(stub());
    expect((await seenBy("two")).requests.length).toBe(30);
  });

  test("leaves dead what fails again, and is tried by the next plan and not by this one", async () => {
    await told("two", { status: 500 });
    const [id = ""] = await past(1);
    await ledger().plan({ id: PLAN, filters: {} });
    await ledger().runPlan({ id: PLAN, rate: 100 });
    await drain(async () => (await ledger().findPlan(PLAN))?.state === "done");
    expect(await ledger().findPlan(PLAN)).toMatchObject({ sent: 1, delivered: 0, failed: 1 });
    expect(await ledger().find(id)).toMatchObject({ outcome: "dead", pending: undefined });
    await told("two", {});
    const next = PLAN.replace(/0$/, "1");
    await ledger().plan({ id: next, filters: {} });
    await ledger().runPlan({ id: next, rate: 100 });
    await drain(async () => (await ledger().findPlan(next))?.state === "done");
    expect(await outcomeOf(id)).toBe("delivered");
  });

  test("survives eviction, can be cancelled, and goes on where it stopped", async () => {
    await told("two", {});
    const ids = await past(40);
    await ledger().plan({ id: PLAN, filters: {} });
    await ledger().runPlan({ id: PLAN, rate: 10 });
    await ring(NOON + 1_000);
    await until(async () => expect((await ledger().findPlan(PLAN))?.delivered).toBe(11));
    await evictDurableObject(stub());
    await ring(NOON + 2_000);
    await until(async () => expect((await ledger().findPlan(PLAN))?.delivered).toBe(21));
    expect((await ledger().cancelPlan(PLAN))?.state).toBe("cancelled");
    await ring(NOON + 60_000);
    expect((await seenBy("two")).requests.length).toBe(21);
    await ledger().runPlan({ id: PLAN, rate: 100 });
    vi.setSystemTime(NOON + 61_000);
    await drain(async () => (await ledger().findPlan(PLAN))?.state === "done");
    const { requests } = await seenBy("two");
    expect(requests.length).toBe(40);
    expect(new Set(requests.map(({ delivery }) => delivery))).toEqual(new Set(ids));
    expect(await ledger().plans()).toMatchObject([{ id: PLAN, state: "done", delivered: 40 }]);
  });
});

describe("lease()", () => {
  test("gives a delivery to one at a time, whatever it was", async () => {
    const { id, reply } = await enqueue("one");
    const asked = { deliveryId: id, outcome: "queued", leaseMs: LEASE_MS } as const;
    expect(await ledger().lease(asked)).toEqual({ state: "running" });
    await ledger().settle([
      settlement(id, leaseOf(reply), { kind: "waits", delayMs: 60 * SECOND }),
    ]);
    // It has become something else since it was looked at.
    expect(await ledger().lease({ ...asked, outcome: "dead" })).toEqual({ state: "running" });
    const leased = await ledger().lease(asked);
    expect(leased).toMatchObject({ state: "leased", record: { replay: "single" } });
    expect(await ledger().lease(asked)).toEqual({ state: "running" });
    expect(await ledger().lease({ ...asked, deliveryId: record("one").id })).toEqual({
      state: "unknown",
    });
    await ledger().settle([settlement(id, "lease" in leased ? leased.lease : 0, delivered)]);
    expect(await outcomeOf(id)).toBe("delivered");
  });

  test("that is over without a word is taken over by the alarm", async () => {
    await told("one", {});
    const old = deliveryRecord({
      id: record("one").id,
      origin: "one",
      outcome: "failed",
      request: requestTo("/one"),
    });
    await ledger().settle([
      {
        deliveryId: old.id,
        claim: undefined,
        record: old,
        breaker: undefined,
        counted: { origin: "one", outcome: "failed" },
      },
    ]);
    await ledger().lease({ deliveryId: old.id, outcome: "failed", leaseMs: LEASE_MS });
    // Set by the lease itself: an eviction would set a lost one.
    const alarmAt = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
    expect(alarmAt).toBe(NOON + LEASE_MS);
    await evictDurableObject(stub());
    await ring(NOON + LEASE_MS);
    await until(async () => expect(await outcomeOf(old.id)).toBe("delivered"));
    expect((await seenBy("one")).requests).toEqual([
      { delivery: old.id, attempt: 2, replay: "single" },
    ]);
  });
});
