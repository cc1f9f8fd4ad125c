import { env } from "cloudflare:workers";
import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ledgerStubs } from "../../src/ledger/client.edge.ts";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import type { ChangePosition, Settlement } from "../../src/ledger/protocol.ts";
import { watchShards } from "../../src/ledger/watch.edge.ts";
import { systemClock } from "../../src/shared/clock.edge.ts";
import type { LedgerWatch } from "../../src/shared/ports.ts";
import { deliveryRecord } from "../support/records.ts";

const watches: LedgerWatch[] = [];

afterEach(async () => {
  for (const opened of watches.splice(0)) opened.close();
  await reset();
});

const stub = ledgerStubs(env.LEDGER, {
  shards: 1,
  logDays: 30,
  location: undefined,
  jurisdiction: undefined,
});

function object() {
  return env.LEDGER.getByName("0");
}

async function watch(): Promise<LedgerWatch> {
  const opened = await watchShards(stub, 1, systemClock);
  watches.push(opened);
  return opened;
}

function record(more: Partial<DeliveryRecord> = {}, agoMs = 0): DeliveryRecord {
  const receivedAtMs = Date.now() - agoMs;
  return deliveryRecord({
    id: newDeliveryId({ receivedAtMs, shard: 0, random: Math.random }),
    ...more,
  });
}

async function write(...records: readonly DeliveryRecord[]): Promise<readonly string[]> {
  await stub(0).settle(
    records.map((each): Settlement => ({
      deliveryId: each.id,
      claim: undefined,
      record: each,
      breaker: undefined,
      counted: { origin: each.origin ?? "", outcome: each.outcome },
    })),
  );
  return records.map(({ id }) => id);
}

/** The next thing that is told. */
async function told(from: LedgerWatch) {
  const next = await from.next(2_000);
  if (typeof next === "string") throw new Error(next);
  return next;
}

/** Everything that has changed since, page by page. */
async function missed(sinceMs: number): Promise<{ ids: readonly string[]; pages: number }> {
  const watcher = await watch();
  const ids: string[] = [];
  let pages = 0;
  let position: ChangePosition | undefined;
  for (;;) {
    watcher.ask(0, { sinceMs, position });
    const { found, next } = await told(watcher);
    pages++;
    ids.push(...found.map(({ id }) => id));
    if (!next) return { ids, pages };
    position = next;
  }
}

describe("a watch", () => {
  test("is told each delivery when it is written, and each time it changes", async () => {
    const watcher = await watch();
    watcher.ask(0, { sinceMs: null });
    expect(await told(watcher)).toMatchObject({ shard: 0, found: [], next: null });
    const first = record();
    await write(first, record({ outcome: "failed" }));
    const { found, atMs, next } = await told(watcher);
    expect(found.map(({ outcome }) => outcome)).toEqual(["answered", "failed"]);
    expect(found[0]).toEqual(
      expect.objectContaining({ id: first.id, origin: "sms", attempts: 0, sids: first.sids }),
    );
    expect(Math.abs(atMs - Date.now())).toBeLessThan(5_000);
    expect(next).toBeUndefined();
    await write({ ...first, outcome: "fell_back" });
    expect((await told(watcher)).found[0]).toMatchObject({ id: first.id, outcome: "fell_back" });
    await stub(0).refuse({ counts: [], records: [record({ outcome: "refused" })] });
    expect((await told(watcher)).found[0]).toMatchObject({ outcome: "refused" });
  });

  test("outlasts the sleep of its object, and is told nothing twice", async () => {
    const watcher = await watch();
    watcher.ask(0, { sinceMs: null });
    await told(watcher);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    const [id] = await write(record());
    expect((await told(watcher)).found.map((each) => each.id)).toEqual([id]);
    expect(await watcher.next(50)).toBe("quiet");
  });

  test("is over when its object is gone, or when nobody takes what is told", async () => {
    const gone = await watch();
    await evictDurableObject(object(), { webSockets: "close" });
    expect(await gone.next(2_000)).toBe("over");
    const slow = await watch();
    slow.ask(0, { sinceMs: null });
    await told(slow);
    const sids = Array.from({ length: 20 }, (_, n) => `SM${String(n).repeat(30)}`);
    for (let n = 0; n < 40; n++)
      await write(...Array.from({ length: 100 }, () => record({ sids })));
    await vi.waitFor(async () => expect(await slow.next(0)).toBe("over"));
  });

  test("costs no row, and leaves no socket behind", async () => {
    const rows = async () => (await stub(0).health()).sinceStart.rowsWritten;
    await write(record());
    const start = await rows();
    await write(record());
    const unwatched = (await rows()) - start;
    const watcher = await watch();
    watcher.ask(0, { sinceMs: null });
    await told(watcher);
    const before = await rows();
    await write(record());
    expect((await rows()) - before).toBe(unwatched);
    watcher.close();
    await vi.waitFor(async () =>
      expect(await runInDurableObject(object(), (_, state) => state.getWebSockets().length)).toBe(
        0,
      ),
    );
  });
});

describe("what was missed", () => {
  test("is all that was written since, whenever it was received, in pages", async () => {
    await write(record({}, 5_000), record({}, 3_600_000));
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // the index counts seconds
    const sinceMs = Date.now();
    const late = record({ outcome: "delivered" }, 3 * 86_400_000);
    const ids = await write(late, ...Array.from({ length: 450 }, (_, n) => record({}, n * 10)));
    const { ids: all, pages } = await missed(sinceMs);
    expect(pages).toBe(3);
    expect(new Set(all)).toEqual(new Set(ids));
    expect(all.length).toBe(ids.length);
  });

  test("has what is still to be sent and has been tried since, and refusals", async () => {
    const sinceMs = Date.now();
    const attempt = {
      number: 1,
      to: "origin" as const,
      startedAtMs: sinceMs - 3_600_000,
      durationMs: 5,
      timeoutMs: 15_000,
      outcome: { kind: "usable" as const, status: 200, notes: [] },
    };
    const queued = (startedAtMs: number, agoMs: number) =>
      record(
        {
          outcome: "queued",
          attempts: [{ ...attempt, startedAtMs }],
          pending: { dueAtMs: sinceMs + 3_600_000, lease: undefined },
        },
        agoMs,
      );
    const tried = queued(sinceMs, 7_200_000);
    const fresh = queued(sinceMs, 0);
    await write(queued(sinceMs - 3_600_000, 7_200_000), tried, fresh);
    const refused = record({ outcome: "refused" });
    await stub(0).refuse({ counts: [], records: [refused] });
    expect(new Set((await missed(sinceMs)).ids)).toEqual(new Set([tried.id, fresh.id, refused.id]));
  });

  test("is nothing for who was told all of it", async () => {
    await write(record({}, 120_000));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await missed(Date.now() + 2_000)).ids).toEqual([]);
    expect((await missed(0)).ids.length).toBe(1);
  });

  test("is found by the index's trigger of an older release once this one has the ledger", async () => {
    await write(record());
    await runInDurableObject(object(), (_, { storage }) => {
      const { name, sql } = storage.sql
        .exec<{ name: string; sql: string }>(
          "SELECT name, sql FROM sqlite_master WHERE name LIKE 'terms_in_%'",
        )
        .one();
      storage.sql.exec(`DROP TRIGGER ${name}`);
      storage.sql.exec(sql.replace(/ \|\| ' ' \|\| 'w' \|\| unixepoch\(\)/, ""));
    });
    await evictDurableObject(object(), { webSockets: "close" });
    const sinceMs = Date.now();
    const ids = await write(record());
    expect((await missed(sinceMs)).ids).toEqual(expect.arrayContaining([...ids]));
  });
});
