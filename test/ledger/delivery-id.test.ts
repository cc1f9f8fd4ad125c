import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  inShardOfClaim,
  isDeliveryId,
  newDeliveryId,
  receivedAtMsOf,
  shardForClaim,
  shardOf,
} from "../../src/ledger/delivery-id.ts";

const instants = fc.integer({ min: 0, max: 4_102_444_800_000 });
const shards = fc.integer({ min: 0, max: 1_023 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("a delivery's id", () => {
  test("names its instant and its shard", () => {
    fc.assert(
      fc.property(instants, shards, chance, (receivedAtMs, shard, random) => {
        const id = newDeliveryId({ receivedAtMs, shard, random: () => random });
        expect(isDeliveryId(id)).toBe(true);
        expect([receivedAtMsOf(id), shardOf(id)]).toEqual([receivedAtMs, shard]);
      }),
    );
  });

  test("sorts by time of receipt, whatever shard and chance are", () => {
    fc.assert(
      fc.property(instants, shards, chance, (receivedAtMs, shard, random) => {
        const earlier = newDeliveryId({ receivedAtMs, shard, random: () => random });
        const later = newDeliveryId({ receivedAtMs: receivedAtMs + 1, shard: 0, random: () => 0 });
        expect(earlier < later).toBe(true);
      }),
    );
  });

  test.each([
    "",
    "x",
    "01KB3Y",
    "01kb3y00000000000000000000",
    "01KB3Y0000000000000000000U",
    "81KB3Y00000000000000000000",
  ])("is not %j", (text) => {
    expect(isDeliveryId(text)).toBe(false);
  });

  test("moves to the shard of its claim and keeps the rest", () => {
    const deliveryId = newDeliveryId({
      receivedAtMs: 1_790_000_000_000,
      shard: 0,
      random: () => 0.5,
    });
    const key = "0000002a".padEnd(64, "f");
    const moved = inShardOfClaim({ deliveryId, other: 1 }, key, 16, () => 0);
    expect(shardOf(moved.deliveryId)).toBe(shardForClaim(key, 16));
    expect(shardOf(moved.deliveryId)).toBe(0x2a % 16);
    expect(receivedAtMsOf(moved.deliveryId)).toBe(1_790_000_000_000);
    expect(moved.other).toBe(1);
  });

  test("without a claim goes to any shard there is", () => {
    const deliveryId = newDeliveryId({ receivedAtMs: 0, shard: 0, random: () => 0.5 });
    expect(shardOf(inShardOfClaim({ deliveryId }, undefined, 4, () => 0.999).deliveryId)).toBe(3);
  });
});
