import { env } from "cloudflare:workers";
import { evictDurableObject, reset, runDurableObjectAlarm } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryOutcome, DeliveryRecord } from "../../src/ledger/delivery.ts";
import type { LedgerCalls, Parties } from "../../src/ledger/protocol.ts";
import type { ListPosition } from "../../src/ledger/row.ts";
import type { FoundDelivery, SearchFilters } from "../../src/ledger/search.ts";
import { deliveryRecord } from "../support/records.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const DAY = 86_400_000;

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

function record(atMs: number, more: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return deliveryRecord({
    id: newDeliveryId({ receivedAtMs: atMs, shard: 0, random: Math.random }),
    ...more,
  });
}

/** Writes each on its own day: a ledger has no tables of days before its own. */
async function writeByDays(records: readonly DeliveryRecord[]): Promise<void> {
  const byDay = Map.groupBy(records, ({ receivedAtMs }) => Math.floor(receivedAtMs / DAY));
  for (const [day, each] of [...byDay].toSorted(([one], [other]) => one - other)) {
    vi.setSystemTime(day * DAY + DAY / 2);
    await write(each);
  }
  vi.setSystemTime(NOON);
}

async function write(records: readonly DeliveryRecord[], parties?: Parties): Promise<void> {
  await ledger().settle(
    records.map((each) => ({
      deliveryId: each.id,
      claim: undefined,
      record: each,
      parties,
      breaker: undefined,
      counted: { origin: each.origin ?? "", outcome: each.outcome },
    })),
  );
}

/** All pages of a search. */
async function found(filters: SearchFilters, limit = 7): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: ListPosition | undefined;
  for (;;) {
    const page: readonly FoundDelivery[] = await ledger().search({ filters, limit, after });
    ids.push(...page.map(({ id }) => id));
    after = page.at(-1);
    if (page.length < limit) return ids;
  }
}

const outcomes: readonly [DeliveryOutcome, ...DeliveryOutcome[]] = [
  "answered",
  "failed",
  "fell_back",
  "dead",
  "queued",
];
const origins = ["sms", "SMS", "my-origin", "my_origin"] as const;
const statuses = [undefined, "sent", "no-answer", "in progress", 'a"b', "Ünïcode ✓"] as const;
const durations = [0, 49, 50, 99, 100, 1_999, 2_000, 14_000, 60_000] as const;
const sids = [
  "CA00000000000000000000000000000001",
  "SM0000000000000000000000000000000a",
  "SM0000000000000000000000000000000A",
] as const;

describe("search()", () => {
  test("finds by its index what going through every row finds, in the same order, over pages and days", async () => {
    const records = Array.from({ length: 400 }, (_, n) => {
      const outcome = pick(outcomes, n * 7);
      return record(NOON - (n % 3) * DAY - n * 1_000, {
        outcome,
        origin: pick(origins, n),
        twilioStatus: pick(statuses, n * 5),
        durationMs: pick(durations, n * 11),
        httpStatus: pick([200, 502], n),
        errorCode: pick([undefined, 11_200, 11_203], n * 3),
        accountSid: pick([undefined, "AC1", "AC2"], n),
        sids: [pick(sids, n)],
        ...(outcome === "queued"
          ? { pending: { dueAtMs: NOON + 3_600_000, lease: undefined } }
          : {}),
      });
    });
    await writeByDays(records);
    const asked = fc.record(
      {
        origin: fc.constantFrom(...origins, "other"),
        outcome: fc.constantFrom<string>(...outcomes, "refused"),
        twilioStatus: fc.constantFrom("sent", "no-answer", "in progress", "in", 'a"b', "Ünïcode ✓"),
        httpStatus: fc.constantFrom(200, 502, 404),
        errorCode: fc.constantFrom(11_200, 11_203),
        account: fc.constantFrom("AC1", "ac1", "AC2"),
        sid: fc.constantFrom(...sids),
        minMs: fc.constantFrom(...durations, 51),
        sinceMs: fc.constantFrom(NOON - DAY - 100_000, NOON - 200_000),
        untilMs: fc.constantFrom(NOON - DAY, NOON - 300_000),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(asked, async (filters) => {
        const expected = records.filter((each) => holds(each, filters)).map(({ id }) => id);
        expect(await found(filters)).toEqual(expected.toSorted().toReversed());
      }),
      { numRuns: 150 },
    );
  });

  test("finds what a delivery has become, and not what it was", async () => {
    const one = record(NOON, { outcome: "failed" });
    await write([one]);
    await write([{ ...one, outcome: "delivered", errorCode: undefined }]);
    expect(await found({ outcome: "failed" })).toEqual([]);
    expect(await found({ outcome: "delivered" })).toEqual([one.id]);
  });

  test("finds by the exact number, whatever its channel, and shows it nowhere", async () => {
    const [mine, other] = [record(NOON), record(NOON + 1)];
    await write([mine], { from: ["+14155551234"], to: ["whatsapp:+14155556789"] });
    await write([other], { from: ["+14155559999"], to: ["+14155551234"] });
    expect(await found({ from: "+14155551234" })).toEqual([mine.id]);
    expect(await found({ from: "whatsapp:+14155551234" })).toEqual([mine.id]);
    expect(await found({ to: "+14155556789", origin: "sms" })).toEqual([mine.id]);
    expect(await found({ to: "+14155551234" })).toEqual([other.id]);
    expect(await found({ from: "+1415555123" })).toEqual([]);
    expect(JSON.stringify(await ledger().find(mine.id))).not.toContain("5551234");
  });

  test("finds a number after eviction as well: its key is kept", async () => {
    const one = record(NOON);
    await write([one], { from: ["+14155551234"], to: [] });
    await evictDurableObject(stub());
    expect(await found({ from: "+14155551234" })).toEqual([one.id]);
  });

  test("finds nothing any more of a day that is dropped", async () => {
    await write([record(NOON)]);
    vi.setSystemTime(NOON + 40 * DAY);
    await runDurableObjectAlarm(stub());
    expect(await found({ origin: "sms" })).toEqual([]);
  });
});

/** One of some values. */
function pick<T>(values: readonly [T, ...T[]], n: number): T {
  return values[n % values.length] ?? values[0];
}

/** The filters as they are meant. */
function holds(each: DeliveryRecord, filters: SearchFilters): boolean {
  const same: readonly (readonly [unknown, unknown])[] = [
    [filters.origin, each.origin],
    [filters.outcome, each.outcome],
    [filters.twilioStatus, each.twilioStatus],
    [filters.httpStatus, each.httpStatus],
    [filters.errorCode, each.errorCode],
    [filters.account, each.accountSid],
  ];
  return (
    same.every(([wanted, value]) => wanted === undefined || wanted === value) &&
    (filters.sid === undefined || each.sids.includes(filters.sid)) &&
    (filters.minMs === undefined || each.durationMs >= filters.minMs) &&
    (filters.sinceMs === undefined || each.receivedAtMs >= filters.sinceMs) &&
    (filters.untilMs === undefined || each.receivedAtMs < filters.untilMs)
  );
}
