import { env } from "cloudflare:workers";
import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { breakers } from "../../src/forward/breakers.ts";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import { Queue } from "../../src/ledger/queue.edge.ts";
import { Tables } from "../../src/ledger/tables.edge.ts";
import { deliveryRecord } from "../support/records.ts";

const NOON = Date.UTC(2036, 10, 24, 12);

afterEach(() => reset());

/** A queue over an object's own storage, which counts the rows that are read. */
async function withQueue<T>(
  use: (queue: Queue, rowsRead: () => number, put: (sealedWith?: string) => void) => T,
): Promise<T> {
  const stub = env.LEDGER.getByName("0");
  await stub.health();
  return runInDurableObject(stub, (_, { storage }) => {
    let rows = 0;
    const sql = new Proxy(storage.sql, {
      get(real, name) {
        if (name !== "exec") return Reflect.get(real, name, real);
        return (statement: string, ...values: never[]) => {
          const cursor = real.exec(statement, ...values);
          const all = cursor.toArray();
          rows += cursor.rowsRead;
          return { toArray: () => all, rowsWritten: cursor.rowsWritten };
        };
      },
    });
    const tables = new Tables(sql);
    tables.ensureDay("20361124");
    const queue = new Queue({
      tables,
      breakers: breakers(),
      options: {
        origin: () => ({ concurrency: 4, leaseMs: 20_000, hasBreaker: false }),
        attempt: async () => undefined,
      },
      settle: () => undefined,
    });
    queue.setOpenable(["new", "old"]);
    const put = (sealedWith?: string): void => {
      const id = newDeliveryId({ receivedAtMs: NOON, shard: 0, random: Math.random });
      const stored = { bytes: new Uint8Array(1), sealedWith };
      queue.sendAgain(deliveryRecord({ id, origin: "one", outcome: "queued", stored }), NOON);
    };
    return use(queue, () => rows, put);
  });
}

describe("rows read", () => {
  test("of what is next are a few, however many are held for a key that is gone", async () => {
    await withQueue((queue, rowsRead, put) => {
      for (let n = 0; n < 500; n++) put("gone");
      put("old");
      queue.nextAtMs(NOON + 1);
      const before = rowsRead();
      expect(queue.nextAtMs(NOON + 1)).toBe(NOON);
      expect(rowsRead() - before).toBeLessThan(20);
    });
  });

  test("of what is queued are none where a count of before will do, and then as many as before", async () => {
    await withQueue((queue, rowsRead, put) => {
      for (let n = 0; n < 200; n++) put();
      const countedAt = (nowMs: number, mayBeOld: boolean): readonly [number, number] => {
        const before = rowsRead();
        const [first] = queue.counts(nowMs, mayBeOld);
        return [first?.count ?? 0, rowsRead() - before];
      };
      expect(countedAt(NOON, true)[1]).toBeGreaterThan(200);
      put();
      expect(countedAt(NOON + 17_999, true)).toEqual([200, 0]);
      expect(countedAt(NOON + 17_999, false)[0]).toBe(201);
      expect(countedAt(NOON + 17_999 + 18_090, true)[1]).toBeGreaterThan(200);
    });
  });

  test("of a few that are queued are told anew each time", async () => {
    await withQueue((queue, _, put) => {
      put();
      expect(queue.counts(NOON, true)[0]?.count).toBe(1);
      put();
      expect(queue.counts(NOON, true)[0]?.count).toBe(2);
    });
  });
});
