import { env } from "cloudflare:workers";
import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { LedgerCalls } from "../../src/ledger/protocol.ts";
import { sum } from "../../src/ledger/tally.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function stub() {
  return env.LEDGER.getByName("0");
}

function ledger(): LedgerCalls {
  // oxlint-disable-next-line no-unsafe-type-assertion -- as in client.edge.ts: RPC types turn tuples into arrays
  return stub() as unknown as LedgerCalls;
}

/** Counts some webhooks, as settles do. */
async function counted(atMs: number, count: number): Promise<void> {
  vi.setSystemTime(atMs);
  await ledger().settle(
    Array.from({ length: count }, () => ({
      deliveryId: newDeliveryId({ receivedAtMs: atMs, shard: 0, random: Math.random }),
      claim: undefined,
      record: undefined,
      breaker: undefined,
      counted: { origin: "sms", outcome: "answered", totalMs: 40, originMs: 30 },
    })),
  );
}

/** Counts by step, as minutes or hours since noon. */
async function stats(
  sinceMs: number,
  untilMs: number,
  stepMs: number,
): Promise<readonly (readonly [number, number])[]> {
  const steps = await ledger().stats({ sinceMs, untilMs, stepMs });
  return steps.map(([atMs, tally]) => [
    (atMs - NOON) / stepMs,
    sum([tally]).counts['["sms","answered",""]'] ?? 0,
  ]);
}

/** Counters are written behind, by the runtime's own timers. */
async function written(): Promise<void> {
  for (let n = 0; n < 200; n++) {
    const rows = await runInDurableObject(stub(), (_, { storage }) => {
      const tables = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'rollups_%'")
        .toArray();
      return tables.flatMap(({ name }) => storage.sql.exec(`SELECT * FROM ${name}`).toArray());
    });
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("nothing was written");
}

describe("stats()", () => {
  test("tells minutes, hours and days, what is not written yet among them", async () => {
    await counted(NOON, 2);
    await counted(NOON + MINUTE + 1, 3);
    await counted(NOON + HOUR, 5);
    await counted(NOON + DAY, 7);
    const end = NOON + DAY + 1;
    expect(await stats(NOON, NOON + HOUR, MINUTE)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(await stats(NOON, end, HOUR)).toEqual([
      [0, 5],
      [1, 5],
      [24, 7],
    ]);
    expect((await stats(NOON - 12 * HOUR, end, DAY)).map(([, count]) => count)).toEqual([10, 7]);
    expect(await stats(NOON + 2 * HOUR, NOON + 3 * HOUR, MINUTE)).toEqual([]);
  });

  test("goes on counting after eviction", async () => {
    await counted(NOON, 2);
    await written();
    await evictDurableObject(stub());
    await counted(NOON + 1, 3);
    expect(await stats(NOON, NOON + MINUTE, MINUTE)).toEqual([[0, 5]]);
    expect((await ledger().health()).today).toEqual([
      { origin: "sms", outcome: "answered", reason: "", count: 5 },
    ]);
  });

  test("costs a row for a minute and not for a webhook", async () => {
    await counted(NOON, 1);
    await written();
    const before = (await ledger().health()).sinceStart.rowsWritten;
    await counted(NOON + 1, 500);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await ledger().health()).sinceStart.rowsWritten - before).toBe(1);
  });

  test("is dropped with its day", async () => {
    await counted(NOON, 2);
    vi.setSystemTime(NOON + 40 * DAY);
    await runDurableObjectAlarm(stub());
    expect(await stats(NOON, NOON + DAY, HOUR)).toEqual([]);
  });
});
