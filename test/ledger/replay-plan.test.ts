import { describe, expect, test } from "vitest";
import {
  isSentBy,
  mergePlans,
  nextOf,
  roomOf,
  settled,
  wasSentBy,
  withoutSavings,
  type RunningPlan,
} from "../../src/ledger/replay-plan.ts";
import { deliveryRecord } from "../support/records.ts";

const NOW = 1_790_000_000_000;
const id = "01KB3Y00000000000000000000";

function plan(more: Partial<RunningPlan> = {}): RunningPlan {
  return {
    id,
    state: "running",
    createdAtMs: NOW,
    filters: {},
    origins: { sms: 100 },
    oldestAtMs: NOW - 1_000,
    newestAtMs: NOW,
    rate: 10,
    sent: 0,
    skipped: 0,
    delivered: 0,
    failed: 0,
    ranAtMs: NOW,
    throughBefore: 0,
    cursor: { seq: 0, id: "" },
    isThrough: false,
    ...more,
  };
}

describe("roomOf()", () => {
  test.each([
    ["the first at once", {}, 0, 1],
    ["none before its time", { sent: 1, delivered: 1 }, 99, 0],
    ["the next at its time", { sent: 1, delivered: 1 }, 100, 1],
    ["what a late alarm has missed", { sent: 1, delivered: 1 }, 1_000, 10],
    ["one in ten seconds at a tenth", { rate: 0.1, sent: 1, delivered: 1 }, 10_000, 1],
    ["fifty under way at the most", { rate: 100, sent: 10, delivered: 3 }, 60_000, 43],
    ["a second's worth after an outage", { rate: 2, sent: 50, delivered: 50 }, 3_600_000, 3],
    ["none beside fifty under way", { sent: 50 }, 60_000, 0],
    [
      "what is left since it goes on",
      { sent: 30, delivered: 30, skipped: 5, throughBefore: 35 },
      100,
      2,
    ],
    ["none of a plan that was gone through", { isThrough: true }, 60_000, 0],
    ["none of a cancelled one", { state: "cancelled" }, 60_000, 0],
    ["none of one that was never run", { state: "planned" }, 60_000, 0],
  ] as const)("lets begin %s", (_, more, sinceMs, room) => {
    expect(roomOf(plan(more), NOW + sinceMs)).toBe(room);
  });
});

describe("nextOf()", () => {
  test.each([
    ["at once where none has begun", {}, NOW],
    ["a tenth of a second later", { sent: 1, delivered: 1 }, NOW + 100],
    ["when others end", { sent: 50 }, undefined],
    ["never where all were gone through", { isThrough: true }, undefined],
    ["never where it was cancelled", { state: "cancelled" }, undefined],
  ] as const)("is %s", (_, more, atMs) => {
    expect(nextOf(plan(more))).toBe(atMs);
  });
});

test("withoutSavings() holds a plan to its rate after an outage", () => {
  const after = withoutSavings(plan({ rate: 2, sent: 50, delivered: 50 }), NOW + 3_600_000);
  expect(roomOf(after, NOW + 3_600_000)).toBe(3);
  const then = { ...after, sent: 53, delivered: 53 };
  expect(roomOf(then, NOW + 3_600_000)).toBe(0);
  expect(roomOf(then, NOW + 3_601_000)).toBe(2);
  const timely = plan({ sent: 5, delivered: 5 });
  expect(withoutSavings(timely, NOW + 500)).toEqual(timely);
});

test("settled() is done when all were gone through and the last one is over", () => {
  expect(settled(plan({ isThrough: true, sent: 3, delivered: 2 })).state).toBe("running");
  expect(settled(plan({ isThrough: false, sent: 3, delivered: 3 })).state).toBe("running");
  expect(settled(plan({ isThrough: true, sent: 3, delivered: 2, failed: 1 })).state).toBe("done");
  expect(settled(plan({ state: "cancelled", isThrough: true })).state).toBe("cancelled");
});

describe("isSentBy()", () => {
  const record = deliveryRecord({ id, outcome: "dead" });
  const attempt = {
    number: 1,
    to: "origin",
    startedAtMs: NOW,
    durationMs: 1,
    timeoutMs: 1,
    outcome: { kind: "usable", status: 200, notes: [] },
  } as const;

  test.each([
    ["what it has not sent", {}, true],
    ["what another plan has sent", { attempts: [{ ...attempt, replay: "other" }] }, true],
    [
      "what was tried before it was made",
      { attempts: [{ ...attempt, startedAtMs: NOW - 10 }] },
      true,
    ],
    ["what was queued when it was made, and has died since", { attempts: [attempt] }, false],
    ["what is under way", { pending: { dueAtMs: NOW, lease: 1 } }, false],
    ["what waits", { pending: { dueAtMs: NOW, lease: undefined } }, false],
    ["what was never proven", { isVerified: false }, false],
    ["what is redacted", { request: { ...record.request, isRedacted: true } }, false],
    [
      "what is sealed with a key that is there",
      {
        stored: { bytes: new Uint8Array(), sealedWith: "k1" },
        request: { ...record.request, body: undefined },
      },
      true,
    ],
    [
      "what is sealed with a key that is gone",
      { stored: { bytes: new Uint8Array(), sealedWith: "k2" } },
      false,
    ],
    ["what was not kept", { request: { ...record.request, body: undefined } }, false],
  ] as const)("of %s is %s", (_, more, isSent) => {
    expect(isSentBy({ createdAtMs: NOW }, { ...record, ...more }, ["k1"])).toBe(isSent);
  });
});

test("wasSentBy() tells what a plan has sent, or put into the queue", () => {
  const record = deliveryRecord({ id, outcome: "dead" });
  const outcome = { kind: "usable", status: 200, notes: [] } as const;
  const attempt = {
    number: 1,
    to: "origin",
    startedAtMs: NOW,
    durationMs: 1,
    timeoutMs: 1,
    outcome,
  } as const;
  const pending = { dueAtMs: NOW, lease: undefined };
  expect(wasSentBy(id, record)).toBe(false);
  expect(wasSentBy(id, { ...record, attempts: [{ ...attempt, replay: "other" }] })).toBe(false);
  expect(wasSentBy(id, { ...record, attempts: [{ ...attempt, replay: id }, attempt] })).toBe(true);
  expect(wasSentBy(id, { ...record, replay: id })).toBe(false);
  expect(wasSentBy(id, { ...record, replay: id, pending })).toBe(true);
});

describe("mergePlans()", () => {
  test("adds up the parts of all shards", () => {
    const merged = mergePlans([
      plan({ sent: 5, delivered: 4, failed: 1, state: "done", isThrough: true, rate: 5 }),
      plan({
        origins: { sms: 1, voice: 2 },
        oldestAtMs: undefined,
        newestAtMs: undefined,
        skipped: 2,
        rate: 5,
      }),
    ]);
    expect(merged).toMatchObject({
      state: "running",
      origins: { sms: 101, voice: 2 },
      oldestAtMs: NOW - 1_000,
      newestAtMs: NOW,
      rate: 10,
      sent: 5,
      skipped: 2,
      delivered: 4,
      failed: 1,
    });
  });

  test("is undefined where no shard knows it", () => {
    expect(mergePlans([])).toBeUndefined();
  });
});
