import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/check/answer-types.ts";
import type { Settlement } from "../../src/ledger/protocol.ts";
import {
  openAnswer,
  openRecord,
  sealAnswer,
  sealBatch,
  sealRecord,
  sealSettlement,
} from "../../src/log/sealed-record.ts";
import { sealer } from "../../src/shared/seal.ts";
import { utf8 } from "../../src/shared/utf8.ts";
import { deliveryRecord } from "../support/records.ts";

const key = "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY";
const other = "c4Rk0WmZ8qYt2LxVn6BsHd1JpGf9TeUa";
const randomBytes = (count: number): Uint8Array<ArrayBuffer> => new Uint8Array(count).fill(7);
const sealing = { sealer: sealer([key]), randomBytes };
const open = { sealer: sealer([]), randomBytes };
const claimKey = "ab".repeat(32);

const answer: Answer = {
  status: 200,
  headers: [
    ["Content-Type", "text/xml"],
    ["X-Said", "marker"],
  ],
  body: utf8("<Response><Say>marker</Say></Response>"),
};
const { request } = deliveryRecord({ id: "01KB3Y00000000000000000000" });
const record = deliveryRecord({
  id: "01KB3Y00000000000000000000",
  answer,
  request: {
    ...request,
    query: "q=marker",
    headers: [["x-own", "marker"]],
    body: utf8("Body=marker"),
  },
});

/** All of a value as text, bytes too. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? new TextDecoder("latin1").decode(each) : each,
  );
}

describe("sealRecord()", () => {
  test("seals what was said, and opens to the same", async () => {
    const sealed = await sealRecord(record, sealing);
    expect(text(sealed)).not.toContain("marker");
    expect(sealed).toMatchObject({ id: record.id, outcome: "answered", sids: record.sids });
    expect(await openRecord(sealed, sealing.sealer)).toEqual(record);
  });

  test.each([
    ["no body", { request: { ...record.request, body: undefined } }],
    ["an empty body", { request: { ...record.request, body: new Uint8Array() } }],
    ["no answer", { answer: undefined }],
    ["no query", { request: { ...record.request, query: undefined } }],
  ])("opens to the same with %s", async (_, more) => {
    const sealed = await sealRecord({ ...record, ...more }, sealing);
    expect(await openRecord(sealed, sealing.sealer)).toEqual({ ...record, ...more });
  });

  test("leaves a record alone without a key, and one that is queued", async () => {
    expect(await sealRecord(record, open)).toBe(record);
    const queued = { ...record, stored: { bytes: new Uint8Array(), sealedWith: "k" } };
    expect(await sealRecord(queued, sealing)).toBe(queued);
    expect(await openRecord(record, open.sealer)).toBe(record);
  });

  test("cannot be opened without its key, nor under another id", async () => {
    const sealed = await sealRecord(record, sealing);
    expect(await openRecord(sealed, sealer([other]))).toBeUndefined();
    expect(
      await openRecord({ ...sealed, id: "01KB3Y00000000000000000001" }, sealing.sealer),
    ).toBeUndefined();
  });

  test("leaves out the body where a row could not hold it beside the answer", async () => {
    const large = { ...record.request, body: new Uint8Array(1_000_000) };
    const sealed = await sealRecord(
      { ...record, request: large, answer: { ...answer, body: new Uint8Array(900_000) } },
      sealing,
    );
    expect(sealed.stored?.bytes.byteLength).toBeLessThan(1_000_000);
    const opened = await openRecord(sealed, sealing.sealer);
    expect(opened?.request.body).toBeUndefined();
    expect(opened?.answer?.body.byteLength).toBe(900_000);
  });
});

describe("sealAnswer()", () => {
  test("keeps the status alone, and opens to the same", async () => {
    const sealed = await sealAnswer(answer, claimKey, sealing);
    expect(text(sealed)).not.toContain("marker");
    expect(sealed.status).toBe(200);
    expect(await openAnswer(sealed, claimKey, sealing.sealer)).toEqual(answer);
    expect(await openAnswer(sealed, claimKey, sealer([other, key]))).toEqual(answer);
  });

  test("opens one that was never sealed, and none of a key that is gone or of another claim", async () => {
    expect(await openAnswer(answer, claimKey, sealing.sealer)).toBe(answer);
    const sealed = await sealAnswer(answer, claimKey, sealing);
    expect(await openAnswer(sealed, claimKey, sealer([other]))).toBeUndefined();
    expect(await openAnswer(sealed, "cd".repeat(32), sealing.sealer)).toBeUndefined();
    expect(await sealAnswer(answer, claimKey, open)).toBe(answer);
  });
});

test("sealSettlement() and sealBatch() let nothing through that was said", async () => {
  const counted = { origin: "sms", outcome: "answered" };
  const claim = { claimKey, fence: 1, ttlSeconds: 600, answer };
  const settlements: readonly Settlement[] = [
    { deliveryId: record.id, claim, record, breaker: undefined, counted },
    ...(["delivered", "dead"] as const).map((kind) => ({
      deliveryId: record.id,
      lease: 1,
      attempt: {
        number: 1,
        to: "origin",
        startedAtMs: 0,
        durationMs: 0,
        timeoutMs: 0,
        outcome: { kind: "usable", status: 200, notes: [] },
      } as const,
      end:
        kind === "dead"
          ? ({ kind, reason: "gone", request: record.request } as const)
          : ({ kind, request: record.request, isListed: true } as const),
      breaker: undefined,
    })),
  ];
  for (const settlement of settlements) {
    expect(text(await sealSettlement(settlement, sealing))).not.toContain("marker");
    expect(await sealSettlement(settlement, open)).toBe(settlement);
  }
  const batch = {
    counts: [{ ...counted, reason: "", count: 1, sample: record }],
    records: [record],
  };
  expect(text(await sealBatch(batch, sealing))).not.toContain("marker");
  expect(await sealBatch(batch, open)).toBe(batch);
});
