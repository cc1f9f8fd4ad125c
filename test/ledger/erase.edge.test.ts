import { env } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import type { Erased, LedgerCalls, Parties } from "../../src/ledger/protocol.ts";
import type { SearchFilters } from "../../src/ledger/search.ts";
import { deliveryRecord } from "../support/records.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const DAY = 86_400_000;
const CALL = "CA00000000000000000000000000000001";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function ledger(): LedgerCalls {
  // oxlint-disable-next-line no-unsafe-type-assertion -- as in client.edge.ts: RPC types turn tuples into arrays
  return env.LEDGER.getByName("0") as unknown as LedgerCalls;
}

function record(atMs: number, more: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return deliveryRecord({
    id: newDeliveryId({ receivedAtMs: atMs, shard: 0, random: Math.random }),
    ...more,
  });
}

async function write(records: readonly DeliveryRecord[], parties?: Parties): Promise<void> {
  await ledger().settle(
    records.map((each) => ({
      deliveryId: each.id,
      claim:
        each.outcome === "answered"
          ? {
              claimKey: `key of ${each.id}`,
              fence: undefined,
              ttlSeconds: 3_600,
              answer: each.answer ?? plain,
            }
          : undefined,
      record: each,
      parties,
      breaker: undefined,
      counted: { origin: each.origin ?? "", outcome: each.outcome },
    })),
  );
}

const plain = { status: 200, headers: [], body: new Uint8Array() } as const;

function erase(wanted: readonly SearchFilters[], limit = 500): Promise<Erased> {
  return ledger().erase({ wanted, limit });
}

async function left(filters: SearchFilters = {}): Promise<readonly string[]> {
  const found = await ledger().search({ filters, limit: 200, after: undefined });
  return found.map(({ id }) => id);
}

describe("erase()", () => {
  test("takes out what a sid finds, of every day, refusals too, and nothing else", async () => {
    const mine = [NOON, NOON - DAY, NOON - 9 * DAY].map((atMs) => record(atMs, { sids: [CALL] }));
    const other = record(NOON, { sids: ["CA2"] });
    const refused = record(NOON, {
      sids: [CALL],
      outcome: "refused",
      reason: "signature_mismatch",
    });
    // A ledger has no tables of days before its own.
    for (const each of mine.toReversed()) {
      vi.setSystemTime(each.receivedAtMs);
      await write([each]);
    }
    await write([other]);
    await ledger().refuse({ counts: [], records: [refused] });
    expect(await left({ sid: CALL })).toHaveLength(4);
    expect(await erase([{ sid: CALL }])).toMatchObject({
      erased: 4,
      underWay: 0,
      isComplete: true,
    });
    expect(await left({ sid: CALL })).toEqual([]);
    expect(await left()).toEqual([other.id]);
    for (const { id } of [...mine, refused]) expect(await ledger().find(id)).toBeUndefined();
  });

  test("takes the answers with them that duplicates would get", async () => {
    const one = record(NOON, { outcome: "answered", sids: [CALL] });
    await write([one]);
    const claimed = {
      claimKey: `key of ${one.id}`,
      deliveryId: "later",
      origin: "sms",
      isListed: true,
      leaseMs: 1_000,
    };
    expect((await ledger().claim(claimed)).state).toBe("done");
    expect((await erase([{ sid: CALL }])).claimKeys).toEqual([claimed.claimKey]);
    expect((await ledger().claim(claimed)).state).toBe("first");
  });

  test("finds a number whichever side it was on", async () => {
    const [from, to, neither] = [record(NOON), record(NOON + 1), record(NOON + 2)];
    await write([from], { from: ["+15005550006"], to: ["+15005550001"] });
    await write([to], { from: ["+15005550001"], to: ["+15005550006"] });
    await write([neither], { from: ["+15005550001"], to: ["+15005550002"] });
    const wanted = [{ from: "+15005550006" }, { to: "+15005550006" }];
    expect(await erase(wanted)).toMatchObject({ erased: 2, isComplete: true });
    expect(await left()).toEqual([neither.id]);
  });

  test("leaves what is still to be sent, and counts it: Twilio was told that it is kept", async () => {
    const queued = record(NOON, {
      outcome: "queued",
      sids: [CALL],
      pending: { dueAtMs: NOON + 3_600_000, lease: undefined },
    });
    await write([queued, record(NOON + 1, { sids: [CALL] })]);
    expect(await erase([{ sid: CALL }])).toMatchObject({
      erased: 1,
      underWay: 1,
      isComplete: true,
    });
    expect(await left()).toEqual([queued.id]);
  });

  test("erases no more than it may at once, says so, and goes on when asked again", async () => {
    await write(Array.from({ length: 450 }, (_, n) => record(NOON + n, { accountSid: "AC9" })));
    const steps: [number, boolean][] = [];
    for (let n = 0; n < 4; n++) {
      const { erased, isComplete } = await erase([{ account: "AC9" }], 205);
      steps.push([erased, isComplete]);
    }
    expect(steps).toEqual([
      [205, false],
      [205, false],
      [40, true],
      [0, true],
    ]);
  });
});

describe("audit()", () => {
  test("keeps what administrators did, newest first, as long as the log", async () => {
    const entry = { who: "LOG_ADMIN_TOKEN", address: "192.0.2.1", about: "x" } as const;
    await ledger().audit({ ...entry, atMs: NOON - 40 * DAY, action: "unmask" });
    await ledger().audit({ ...entry, atMs: NOON, action: "replay" });
    await ledger().audit({ ...entry, atMs: NOON + 1, action: "erase" });
    expect((await ledger().audits(2)).map(({ action }) => action)).toEqual(["erase", "replay"]);
    vi.setSystemTime(NOON + DAY);
    await write([record(NOON + DAY)]);
    expect((await ledger().audits(10)).map(({ action }) => action)).toEqual(["erase", "replay"]);
  });
});
