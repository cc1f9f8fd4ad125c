import { describe, expect, test } from "vitest";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import { deliveryRecord } from "../support/records.ts";
import { refusalBuffer } from "../../src/ledger/refusal-buffer.ts";

function refusal(origin: string, reason: string, built: string[] = []) {
  const record = (): DeliveryRecord => {
    built.push(reason);
    return deliveryRecord({ id: "01KB3Y00000000000000000000", origin, reason });
  };
  return { origin, outcome: "refused", reason, record };
}

describe("refusalBuffer()", () => {
  test("keeps the first twenty a minute of an origin in full and counts the rest", () => {
    const buffer = refusalBuffer();
    const built: string[] = [];
    for (let n = 0; n < 10_000; n++) buffer.add(refusal("sms", "signature_mismatch", built), 1_000);
    const batch = buffer.take();
    expect(batch?.records.length).toBe(20);
    expect(batch?.counts.map(({ count }) => count)).toEqual([10_000]);
    expect(built.length).toBe(20);
  });

  test("counts each origin's minute for itself", () => {
    const buffer = refusalBuffer();
    for (let n = 0; n < 30; n++) {
      buffer.add(refusal("sms", "r"), 1_000);
      buffer.add(refusal("voice", "r"), 1_000);
    }
    expect(buffer.take()?.records.length).toBe(40);
  });

  test("takes a new reason's sample though the minute is full", () => {
    const buffer = refusalBuffer();
    for (let n = 0; n < 30; n++) buffer.add(refusal("sms", "signature_mismatch"), 1_000);
    buffer.add(refusal("sms", "account_without_key"), 1_000);
    expect(buffer.take()?.counts.map(({ sample }) => sample?.reason)).toEqual([
      "signature_mismatch",
      "account_without_key",
    ]);
  });

  test("begins a new minute after sixty seconds and not before", () => {
    const buffer = refusalBuffer();
    for (let n = 0; n < 20; n++) buffer.add(refusal("sms", "r"), 0);
    buffer.take();
    buffer.add(refusal("sms", "r"), 59_999);
    expect(buffer.take()?.records.length).toBe(0);
    buffer.add(refusal("sms", "r"), 60_000);
    expect(buffer.take()?.records.length).toBe(1);
  });

  test("gives one sample of a kind an hour", () => {
    const buffer = refusalBuffer();
    const samples: boolean[] = [];
    for (const atMs of [0, 1_000, 3_599_999, 3_600_000]) {
      buffer.add(refusal("sms", "r"), atMs);
      samples.push(buffer.take()?.counts[0]?.sample !== undefined);
    }
    expect(samples).toEqual([true, false, false, true]);
  });

  test("holds a hundred records at the most, and goes on counting", () => {
    const buffer = refusalBuffer();
    for (let n = 0; n < 500; n++) buffer.add(refusal(`origin-${n}`, "r"), 1_000);
    const batch = buffer.take();
    expect(batch?.records.length).toBe(100);
    expect(batch?.counts.length).toBe(500);
  });

  test("only counts what log.keep does not cover", () => {
    const buffer = refusalBuffer();
    buffer.add({ ...refusal("sms", "r"), record: undefined }, 1_000);
    expect(buffer.take()).toMatchObject({ records: [], counts: [{ count: 1, sample: undefined }] });
  });

  test("has nothing to take when nothing came", () => {
    expect(refusalBuffer().take()).toBeUndefined();
  });
});
