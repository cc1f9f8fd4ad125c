import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ledgerClient as LedgerClientMaker } from "../../src/ledger/client.edge.ts";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { LedgerCalls, Settlement } from "../../src/ledger/protocol.ts";
import { sealer } from "../../src/shared/seal.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { deliveryRecord } from "../support/records.ts";

// The buffers are the module's, as they are the isolate's: each test has an isolate of its own.
let ledgerClient: typeof LedgerClientMaker;
beforeEach(async () => {
  vi.resetModules();
  ({ ledgerClient } = await import("../../src/ledger/client.edge.ts"));
});

function settlement(shard = 0): Settlement {
  const deliveryId = newDeliveryId({ receivedAtMs: 0, shard, random: Math.random });
  const counted = { origin: "sms", outcome: "answered" };
  return { deliveryId, claim: undefined, record: undefined, breaker: undefined, counted };
}

/** A client over objects that do as told, and what they were asked. */
function client(objects: Partial<LedgerCalls>, shards = 1) {
  const clock = fakeClock();
  const background: Promise<unknown>[] = [];
  const lost: string[] = [];
  const asked: number[] = [];
  const made = ledgerClient({
    stub: (shard) => {
      asked.push(shard);
      return objects as LedgerCalls; // oxlint-disable-line no-unsafe-type-assertion -- what a test does not script fails it
    },
    shards,
    clock,
    sealing: { sealer: sealer([]), randomBytes: (count) => new Uint8Array(count) },
    waitUntil: (work) => void background.push(work),
    onLost: ({ deliveryIds }) => void lost.push(...deliveryIds),
  });
  return { ...made, clock, lost, asked, idle: () => clock.run(Promise.all(background)) };
}

describe("settle()", () => {
  test("sends what comes within ten milliseconds in one call a shard", async () => {
    const settle = vi.fn<LedgerCalls["settle"]>(async () => undefined);
    const ledger = client({ settle }, 2);
    for (let n = 0; n < 50; n++) ledger.settle(settlement(n % 2));
    await ledger.idle();
    expect(settle.mock.calls.map(([batch]) => batch.length)).toEqual([25, 25]);
  });

  test("hands over again for some seconds what failed, and says what is lost after that", async () => {
    const settle = vi.fn<LedgerCalls["settle"]>(() => Promise.reject(new Error("away")));
    const ledger = client({ settle });
    const one = settlement();
    ledger.settle(one);
    await ledger.idle();
    expect(settle).toHaveBeenCalledTimes(5);
    expect(ledger.lost).toEqual([one.deliveryId]);
  });

  test("goes on with another request when the one that carries everybody's is gone", async () => {
    const settle = vi.fn<LedgerCalls["settle"]>(async () => undefined);
    const ledger = client({ settle });
    ledger.settle(settlement()); // its request is ended by the platform: nobody runs its work
    ledger.clock.advance(2_011);
    ledger.settle(settlement());
    await ledger.idle();
    expect(settle.mock.calls.flatMap(([batch]) => batch).length).toBe(2);
  });
});

describe("release()", () => {
  test("sends at once, with what else waits", async () => {
    const settle = vi.fn<LedgerCalls["settle"]>(async () => undefined);
    const ledger = client({ settle });
    const startedAtMs = ledger.clock.now();
    ledger.settle(settlement());
    await ledger.release(settlement());
    expect(ledger.clock.now()).toBe(startedAtMs);
    expect(settle.mock.calls.map(([batch]) => batch.length)).toEqual([2]);
  });
});

describe("claim()", () => {
  const request = {
    claimKey: "0".repeat(64),
    deliveryId: settlement().deliveryId,
    origin: "sms",
    isListed: true,
    leaseMs: 1,
  };

  test("asks a second time, of a new stub, when the first call fails", async () => {
    const claim = vi
      .fn<LedgerCalls["claim"]>()
      .mockRejectedValueOnce(new Error("reset"))
      .mockResolvedValueOnce({ state: "running", fence: 1 });
    const ledger = client({ claim });
    expect(await ledger.claim(request)).toEqual({ state: "running", fence: 1 });
    expect(ledger.asked.length).toBe(2);
  });

  test("does not ask an overloaded object again", async () => {
    const claim = vi
      .fn<LedgerCalls["claim"]>()
      .mockRejectedValue(Object.assign(new Error("too many"), { overloaded: true }));
    await expect(client({ claim }).claim(request)).rejects.toThrow("too many");
    expect(claim).toHaveBeenCalledTimes(1);
  });

  test("rejects, and does not throw, where no object can be had at all", async () => {
    await expect(client({}).claim(request)).rejects.toThrow(TypeError);
  });
});

describe("refuse()", () => {
  const refusal = {
    origin: "sms",
    outcome: "refused",
    reason: "signature_mismatch",
    record: () => deliveryRecord({ id: settlement().deliveryId }),
  };

  test("makes one call a second at the most, whatever comes in", async () => {
    const refuse = vi.fn<LedgerCalls["refuse"]>(async () => undefined);
    const ledger = client({ refuse });
    const calledAtMs: number[] = [];
    refuse.mockImplementation(async () => void calledAtMs.push(ledger.clock.now()));
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 1_000; n++) ledger.refuse(refusal);
      await ledger.idle();
    }
    expect(calledAtMs.length).toBe(5);
    for (const [n, atMs] of calledAtMs.entries()) {
      if (n > 0) expect(atMs - (calledAtMs[n - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
    const counts = refuse.mock.calls.flatMap(([batch]) => batch.counts.map(({ count }) => count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });
});
