import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { Settlement } from "../../src/ledger/protocol.ts";
import { ledger, NOON, stub } from "../support/queue-ledger.ts";
import { deliveryRecord } from "../support/records.ts";

const DAY_MS = 86_400_000;
const YESTERDAY = "20361124";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

/** Writes so many deliveries, each by a call of its own: so many parts of the index. */
async function write(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = newDeliveryId({ receivedAtMs: Date.now() + n, shard: 0, random: Math.random });
    const settlement: Settlement = {
      deliveryId: id,
      claim: undefined,
      record: deliveryRecord({ id, outcome: n % 7 === 0 ? "failed" : "answered" }),
      breaker: undefined,
      counted: { origin: "sms", outcome: "answered" },
    };
    await ledger().settle([settlement]);
    ids.push(id);
  }
  return ids;
}

function segments(): Promise<number> {
  return runInDurableObject(stub(), (_, { storage }) => {
    const statement = `SELECT count(DISTINCT segid) AS count FROM terms_${YESTERDAY}_idx`;
    return storage.sql.exec<{ count: number }>(statement).one().count;
  });
}

async function alarms(): Promise<number> {
  for (let count = 0; ; count++) {
    const atMs = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
    if (atMs === null || atMs > Date.now() + 60_000) return count;
    vi.setSystemTime(atMs);
    await runDurableObjectAlarm(stub());
  }
}

describe("the index of a day that is over", () => {
  test("is merged step by step, and finds what it found", async () => {
    const ids = await write(60);
    expect(await segments()).toBeGreaterThan(4);
    const filters = { outcome: "failed" };
    const before = await ledger().search({ filters, limit: 200, after: undefined });
    vi.setSystemTime(NOON + DAY_MS);
    await ledger().settle([]);
    expect(await alarms()).toBeGreaterThan(0);
    expect(await segments()).toBe(1);
    expect(await ledger().search({ filters, limit: 200, after: undefined })).toEqual(before);
    expect(before.length).toBe(Math.ceil(ids.length / 7));
  });

  test("is left as it is while the day goes on, and where it is small", async () => {
    await write(20);
    const before = await segments();
    expect(await alarms()).toBe(0);
    expect(await segments()).toBe(before);
    await reset();
    await write(3);
    const few = await segments();
    vi.setSystemTime(NOON + DAY_MS);
    await ledger().settle([]);
    await alarms();
    expect([few, await segments()]).toEqual([3, 3]);
  });

  test("is begun with again by an object that was cut off", async () => {
    await write(60);
    vi.setSystemTime(NOON + DAY_MS);
    await ledger().settle([]);
    await evictDurableObject(stub());
    await ledger().settle([]);
    await alarms();
    expect(await segments()).toBe(1);
  });
});
