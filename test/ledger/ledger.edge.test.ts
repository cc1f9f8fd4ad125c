import { env } from "cloudflare:workers";
import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Answer } from "../../src/check/answer-types.ts";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import type {
  ClaimReply,
  ClaimRequest,
  LedgerCalls,
  Settlement,
  WaitReply,
  WaitRequest,
} from "../../src/ledger/protocol.ts";
import { deliveryRecord } from "../support/records.ts";

// Further away than any real alarm: one that was set for the past would fire again and again.
const NOON = Date.UTC(2036, 10, 24, 12);
const KEY = "ab".repeat(32);
/** What a NOT NULL column refuses. */
// oxlint-disable-next-line no-unsafe-type-assertion -- to make a write fail
const NOT_A_STATUS = null as unknown as number;

// Time moves only when told; timers are the runtime's.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function ledger(): LedgerCalls {
  // oxlint-disable-next-line no-unsafe-type-assertion -- as in client.edge.ts: RPC types turn tuples into arrays
  return stub() as unknown as LedgerCalls;
}

/** Begins to wait, and comes back when the ledger has heard of it: calls of one stub keep their order. */
async function waiting(requests: readonly WaitRequest[]): Promise<readonly Promise<WaitReply>[]> {
  const one = ledger();
  const replies = requests.map((request) => one.wait(request));
  await one.health();
  return replies;
}

function stub() {
  return env.LEDGER.getByName("0");
}

function deliveryId(atMs = Date.now()): string {
  return newDeliveryId({ receivedAtMs: atMs, shard: 0, random: Math.random });
}

function claimRequest(more: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    claimKey: KEY,
    deliveryId: deliveryId(),
    origin: "sms",
    isListed: true,
    leaseMs: 16_000,
    ...more,
  };
}

function waitRequest(request: ClaimRequest, more: Partial<WaitRequest> = {}): WaitRequest {
  return { ...request, fence: 0, waitMs: 1_000, attemptFloorMs: 500, ...more };
}

function answer(text: string, status = 200): Answer {
  return {
    status,
    headers: [["content-type", "text/xml"]],
    body: Uint8Array.from(new TextEncoder().encode(text)),
  };
}

function settlement(
  request: ClaimRequest,
  reply: ClaimReply,
  more: {
    readonly ttlSeconds?: number | undefined;
    readonly answer?: Answer;
    readonly record?: DeliveryRecord | undefined;
  } = {},
): Settlement {
  const given = more.answer ?? answer("<Response/>");
  return {
    deliveryId: request.deliveryId,
    claim: {
      claimKey: request.claimKey,
      fence: "fence" in reply ? reply.fence : undefined,
      ttlSeconds: "ttlSeconds" in more ? more.ttlSeconds : 600,
      answer: given,
    },
    record:
      "record" in more ? more.record : deliveryRecord({ id: request.deliveryId, answer: given }),
    breaker: undefined,
    counted: { origin: "sms", outcome: "answered" },
  };
}

/** Claims are written behind; this is when they are on disk. */
async function flushed(): Promise<void> {
  await vi.waitFor(async () => {
    const claims = await runInDurableObject(stub(), (_, { storage }) => {
      const tables = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'claims%'")
        .toArray();
      return tables.flatMap(({ name }) => storage.sql.exec(`SELECT * FROM ${name}`).toArray())
        .length;
    });
    expect(claims).toBeGreaterThan(0);
  });
}

describe("claim()", () => {
  test("makes exactly one of two hundred simultaneous ones first", async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => ledger().claim(claimRequest())),
    );
    expect(replies.filter(({ state }) => state === "first").length).toBe(1);
    expect(replies.filter(({ state }) => state === "running").length).toBe(199);
  });

  test("gives the same claim again to the delivery that holds it: its first reply was lost", async () => {
    const request = claimRequest();
    const first = await ledger().claim(request);
    expect(await ledger().claim(request)).toEqual(first);
  });

  test("gives the stored answer to a later one, byte for byte", async () => {
    const request = claimRequest();
    const body = Uint8Array.from([0, 255, 128, 13, 10]);
    const given = {
      status: 201,
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ] as const,
      body,
    };
    await ledger().settle([settlement(request, await ledger().claim(request), { answer: given })]);
    const reply = await ledger().claim(claimRequest());
    expect(reply).toEqual({ state: "done", deliveryId: request.deliveryId, answer: given });
  });

  test("sends an answer over 64 kB with a second call only", async () => {
    const request = claimRequest();
    const large = answer("x".repeat(64 * 1024 + 1));
    await ledger().settle([settlement(request, await ledger().claim(request), { answer: large })]);
    const again = claimRequest();
    const reply = await ledger().claim(again);
    expect(reply.state).toBe("done_large");
    const waited = await ledger().wait(
      waitRequest(again, { fence: "fence" in reply ? reply.fence : 0 }),
    );
    expect(waited.state === "done" && waited.answer.body.byteLength).toBe(64 * 1024 + 1);
  });

  test("forgets the answer when its time is over, not before", async () => {
    const request = claimRequest();
    await ledger().settle([settlement(request, await ledger().claim(request), { ttlSeconds: 60 })]);
    vi.setSystemTime(NOON + 59_999);
    expect((await ledger().claim(claimRequest())).state).toBe("done");
    vi.setSystemTime(NOON + 60_000);
    expect((await ledger().claim(claimRequest())).state).toBe("first");
  });

  test("is free again after a release: a retry is a real retry", async () => {
    const request = claimRequest();
    await ledger().settle([
      settlement(request, await ledger().claim(request), {
        ttlSeconds: undefined,
        answer: answer("no", 502),
      }),
    ]);
    expect(await ledger().claim(claimRequest())).toMatchObject({
      state: "first",
      takenOver: false,
    });
  });

  test("knows a running one after eviction", async () => {
    await ledger().claim(claimRequest());
    await flushed();
    await evictDurableObject(stub());
    expect((await ledger().claim(claimRequest())).state).toBe("running");
  });

  test("knows a finished one after eviction", async () => {
    const request = claimRequest();
    await ledger().settle([settlement(request, await ledger().claim(request))]);
    await evictDurableObject(stub());
    expect((await ledger().claim(claimRequest())).state).toBe("done");
  });

  test("knows a running and a finished one after midnight", async () => {
    const running = claimRequest();
    const finished = claimRequest({ claimKey: "cd".repeat(32) });
    vi.setSystemTime(Date.UTC(2036, 10, 24, 23, 59, 59, 990));
    const reply = await ledger().claim(running);
    await ledger().settle([settlement(finished, await ledger().claim(finished))]);
    await flushed();
    vi.setSystemTime(Date.UTC(2036, 10, 25, 0, 0, 5));
    await evictDurableObject(stub());
    expect((await ledger().claim(claimRequest())).state).toBe("running");
    expect((await ledger().claim(claimRequest({ claimKey: finished.claimKey }))).state).toBe(
      "done",
    );
    await ledger().settle([settlement(running, reply)]);
    expect((await ledger().claim(claimRequest())).state).toBe("done");
  });

  test("keeps an answer that was given after midnight for as long as it should", async () => {
    const request = claimRequest();
    vi.setSystemTime(Date.UTC(2036, 10, 24, 23, 59, 59));
    const reply = await ledger().claim(request);
    await flushed();
    vi.setSystemTime(Date.UTC(2036, 10, 25, 0, 0, 1));
    await ledger().settle([settlement(request, reply, { ttlSeconds: 86_400 })]);
    vi.setSystemTime(Date.UTC(2036, 10, 26, 0, 0, 0));
    await runDurableObjectAlarm(stub());
    await evictDurableObject(stub());
    expect((await ledger().claim(claimRequest())).state).toBe("done");
  });
});

describe("claimAll()", () => {
  const key = (n: number): string => n.toString(16).padStart(64, "0");

  test("gives each its own word, also two for one key", async () => {
    const done = claimRequest({ claimKey: key(1) });
    await ledger().settle([settlement(done, await ledger().claim(done))]);
    vi.setSystemTime(NOON + 11 * 60_000);
    const running = claimRequest({ claimKey: key(2) });
    await ledger().claim(running);
    const fresh = claimRequest({ claimKey: key(3) });
    const replies = await ledger().claimAll([
      fresh,
      claimRequest({ claimKey: key(2) }),
      claimRequest({ claimKey: key(3) }),
      running,
      claimRequest({ claimKey: key(1) }),
    ]);
    expect(replies.map(({ state }) => state)).toEqual([
      "first",
      "running",
      "running",
      "first",
      "first", // its ten minutes were over
    ]);
  });

  test("gives the stored answers of many, after eviction as well", async () => {
    const requests = Array.from({ length: 64 }, (_, n) => claimRequest({ claimKey: key(n) }));
    const granted = await ledger().claimAll(requests);
    await ledger().settle(
      requests.map((request, n) =>
        settlement(request, granted[n] ?? { state: "running", fence: 0 }, {
          answer: answer(`<Response><!-- ${n} --></Response>`),
        }),
      ),
    );
    await evictDurableObject(stub());
    const replies = await ledger().claimAll(
      requests.map(({ claimKey }) => claimRequest({ claimKey })),
    );
    expect(replies).toEqual(
      requests.map(({ deliveryId: first }, n) => ({
        state: "done",
        deliveryId: first,
        answer: answer(`<Response><!-- ${n} --></Response>`),
      })),
    );
  });
});

describe("wait()", () => {
  test("gives every waiter the holder's answer", async () => {
    const request = claimRequest();
    const reply = await ledger().claim(request);
    const replies = await waiting(
      Array.from({ length: 20 }, () => waitRequest(claimRequest(), { fence: fenceOf(reply) })),
    );
    await ledger().settle([settlement(request, reply, { answer: answer("one") })]);
    for (const waited of await Promise.all(replies)) {
      expect(waited).toMatchObject({ state: "done", deliveryId: request.deliveryId });
    }
  });

  test("gives a failure too, also to one that was on its way when the claim was released", async () => {
    const request = claimRequest();
    const reply = await ledger().claim(request);
    const [early] = await waiting([waitRequest(claimRequest(), { fence: fenceOf(reply) })]);
    await ledger().settle([
      settlement(request, reply, { ttlSeconds: undefined, answer: answer("no", 502) }),
    ]);
    const late = ledger().wait(waitRequest(claimRequest(), { fence: fenceOf(reply) }));
    expect(await early).toMatchObject({ state: "done", answer: { status: 502 } });
    expect(await late).toMatchObject({ state: "done", answer: { status: 502 } });
  });

  test("ends when the waiter's time is up", async () => {
    const reply = await ledger().claim(claimRequest());
    const [waited] = await waiting([
      waitRequest(claimRequest(), { fence: fenceOf(reply), waitMs: 20 }),
    ]);
    vi.setSystemTime(NOON + 20);
    expect(await waited).toEqual({ state: "timed_out" });
  });

  test("makes exactly one waiter first when the lease ends, and the others wait for it", async () => {
    const holder = claimRequest({ leaseMs: 30 });
    const reply = await ledger().claim(holder);
    const requests = Array.from({ length: 10 }, () => claimRequest());
    const replies = await waiting(
      requests.map((request) => waitRequest(request, { fence: fenceOf(reply), waitMs: 60_000 })),
    );
    vi.setSystemTime(NOON + 30);
    const first = await Promise.race(replies);
    expect(first).toMatchObject({ state: "first", takenOver: true });
    const holderNow = await ledger().search({
      filters: { outcome: "running" },
      limit: 10,
      after: undefined,
    });
    expect(holderNow.length).toBe(1);
    const newHolder = requests.find(({ deliveryId: id }) => id === holderNow[0]?.id);
    if (newHolder === undefined || first.state !== "first") throw new Error("nobody took over");
    await ledger().settle([settlement(newHolder, first)]);
    const ended = await Promise.all(replies);
    expect(ended.filter(({ state }) => state === "first").length).toBe(1);
    expect(ended.filter(({ state }) => state === "done").length).toBe(9);
  });

  test("makes nobody first whose own time is too short for an attempt", async () => {
    const reply = await ledger().claim(claimRequest({ leaseMs: 20 }));
    const [waited] = await waiting([
      waitRequest(claimRequest(), { fence: fenceOf(reply), waitMs: 519, attemptFloorMs: 500 }),
    ]);
    vi.setSystemTime(NOON + 20);
    expect(await waited).toEqual({ state: "timed_out" });
  });
});

describe("settle()", () => {
  test("of a holder whose claim was taken over changes nothing", async () => {
    const holder = claimRequest({ leaseMs: 1_000 });
    const stale = await ledger().claim(holder);
    vi.setSystemTime(NOON + 1_000);
    const taker = claimRequest();
    const taken = await ledger().claim(taker);
    expect(taken).toMatchObject({ state: "first", takenOver: true });
    await ledger().settle([settlement(holder, stale, { answer: answer("stale") })]);
    expect((await ledger().claim(claimRequest())).state).toBe("running");
    await ledger().settle([settlement(taker, taken, { answer: answer("fresh") })]);
    expect(await ledger().claim(claimRequest())).toMatchObject({
      state: "done",
      deliveryId: taker.deliveryId,
    });
  });

  test("of a holder whose lease ended counts while nobody newer holds the claim", async () => {
    const holder = claimRequest({ leaseMs: 1_000 });
    const reply = await ledger().claim(holder);
    vi.setSystemTime(NOON + 5_000);
    await ledger().settle([settlement(holder, reply)]);
    expect((await ledger().claim(claimRequest())).state).toBe("done");
  });

  test("counts after eviction", async () => {
    const holder = claimRequest();
    const reply = await ledger().claim(holder);
    await flushed();
    await evictDurableObject(stub());
    await ledger().settle([settlement(holder, reply)]);
    expect((await ledger().claim(claimRequest())).state).toBe("done");
  });

  test("of one that cannot be written takes neither the others with it nor its own claim", async () => {
    const good = claimRequest();
    const bad = claimRequest({ claimKey: "cd".repeat(32) });
    const goodReply = await ledger().claim(good);
    const badReply = await ledger().claim(bad);
    const record = deliveryRecord({ id: bad.deliveryId, httpStatus: NOT_A_STATUS });
    await ledger().settle([settlement(bad, badReply, { record }), settlement(good, goodReply)]);
    expect((await ledger().claim(claimRequest())).state).toBe("done");
    expect((await ledger().claim(claimRequest({ claimKey: bad.claimKey }))).state).toBe("done");
    expect((await ledger().find(good.deliveryId))?.outcome).toBe("answered");
  });

  test("works after the first write of a day was undone", async () => {
    const request = claimRequest();
    const record = deliveryRecord({
      id: request.deliveryId,
      httpStatus: NOT_A_STATUS,
    });
    await ledger().settle([settlement(request, { state: "running", fence: 1 }, { record })]);
    await ledger().settle([
      settlement(claimRequest({ claimKey: "cd".repeat(32) }), { state: "running", fence: 1 }),
    ]);
    expect((await ledger().search({ filters: {}, limit: 10, after: undefined })).length).toBe(1);
  });

  test("of two for one claim in one call the newer one stands, in either order", async () => {
    for (const [n, isNewerFirst] of [true, false].entries()) {
      const claimKey = n.toString(16).padStart(64, "0");
      const [older, newer] = [claimRequest({ claimKey }), claimRequest({ claimKey })];
      const given = await ledger().claim(older);
      const fence = "fence" in given ? given.fence : 0;
      const ended = [
        settlement(older, { state: "running", fence }, { answer: answer("<!-- old -->") }),
        settlement(
          newer,
          { state: "running", fence: fence + 1 },
          { answer: answer("<!-- new -->") },
        ),
      ];
      await evictDurableObject(stub()); // nobody remembers who holds it
      await ledger().settle(isNewerFirst ? ended.toReversed() : ended);
      expect(await ledger().claim(claimRequest({ claimKey }))).toMatchObject({
        state: "done",
        deliveryId: newer.deliveryId,
      });
    }
  });

  test("twice is once: a hand-over may be repeated", async () => {
    const holder = claimRequest();
    const settled = settlement(holder, await ledger().claim(holder));
    await ledger().settle([settled]);
    await ledger().settle([settled]);
    const found = await ledger().search({ filters: {}, limit: 10, after: undefined });
    expect(found.map(({ id }) => id)).toEqual([holder.deliveryId]);
  });

  test("costs three rows of a webhook that is over before its claim is written, and four after", async () => {
    await ledger().settle([
      settlement(claimRequest({ claimKey: "00".repeat(32) }), { state: "running", fence: 1 }),
    ]);
    const before = (await ledger().health()).sinceStart.rowsWritten;
    const quick = claimRequest();
    await ledger().settle([settlement(quick, await ledger().claim(quick))]);
    expect((await ledger().health()).sinceStart.rowsWritten - before).toBe(3);
    const slow = claimRequest({ claimKey: "cd".repeat(32) });
    const reply = await ledger().claim(slow);
    await vi.waitFor(async () =>
      expect((await ledger().health()).sinceStart.rowsWritten - before).toBe(4),
    );
    await ledger().settle([settlement(slow, reply)]);
    expect((await ledger().health()).sinceStart.rowsWritten - before).toBe(7);
  });
});

/** Writes deliveries as they are settled. */
async function written(count: number, atMs: (n: number) => number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, n) => deliveryId(atMs(n)));
  await ledger().settle(
    ids.map((id) => ({
      deliveryId: id,
      claim: undefined,
      record: deliveryRecord({ id }),
      breaker: undefined,
      counted: { origin: "sms", outcome: "answered" },
    })),
  );
  return ids;
}

describe("the log", () => {
  test("shows a delivery whole, as it was written", async () => {
    const record = deliveryRecord({ id: deliveryId(), answer: answer("<Response/>") });
    await ledger().settle([
      { ...settlement(claimRequest(), { state: "running", fence: 1 }), claim: undefined, record },
    ]);
    expect(await ledger().find(record.id)).toEqual(record);
  });

  test("keeps deliveries of one millisecond apart", async () => {
    const ids = await written(20, () => NOON);
    for (const id of ids) expect((await ledger().find(id))?.id).toBe(id);
  });

  test("goes through pages without loss or repetition while new ones arrive, over days", async () => {
    const old = await written(7, (n) => NOON - 86_400_000 + n);
    const today = await written(8, (n) => NOON + n);
    const seen: string[] = [];
    let after: { readonly seq: number; readonly id: string } | undefined;
    for (;;) {
      const page = await ledger().search({ filters: {}, limit: 4, after });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
      await written(3, (n) => NOON + 1_000 + seen.length * 10 + n);
      if (page.length < 4) break;
    }
    expect(seen).toEqual([...old, ...today].toSorted().toReversed());
  });

  test("shows one that runs, and as interrupted when its lease is over", async () => {
    const request = claimRequest({ leaseMs: 1_000 });
    await ledger().claim(request);
    expect(await ledger().find(request.deliveryId)).toMatchObject({ outcome: "running" });
    vi.setSystemTime(NOON + 1_000);
    const listed = await ledger().search({
      filters: { outcome: "interrupted" },
      limit: 10,
      after: undefined,
    });
    expect(listed.map(({ id }) => id)).toEqual([request.deliveryId]);
  });

  test("still shows an interrupted one after eviction and when its claim's day is dropped", async () => {
    const request = claimRequest({ leaseMs: 1_000 });
    await ledger().claim(request);
    await flushed();
    await evictDurableObject(stub());
    vi.setSystemTime(NOON + 3 * 86_400_000);
    await runDurableObjectAlarm(stub());
    expect(await ledger().find(request.deliveryId)).toMatchObject({ outcome: "interrupted" });
  });

  test("keeps what was answered after midnight when the day its claim began on is dropped", async () => {
    vi.setSystemTime(Date.UTC(2036, 10, 24, 23, 59, 59));
    const request = claimRequest();
    const reply = await ledger().claim(request);
    await flushed();
    vi.setSystemTime(Date.UTC(2036, 10, 25, 0, 0, 1));
    await ledger().settle([settlement(request, reply)]);
    vi.setSystemTime(Date.UTC(2036, 10, 27));
    await runDurableObjectAlarm(stub());
    expect(await ledger().find(request.deliveryId)).toMatchObject({
      outcome: "answered",
      httpStatus: 200,
    });
  });

  test('lists neither running nor interrupted where log.keep is "none"', async () => {
    const request = claimRequest({ isListed: false, leaseMs: 1_000 });
    await ledger().claim(request);
    expect(await ledger().find(request.deliveryId)).toBeUndefined();
    vi.setSystemTime(NOON + 1_000);
    await ledger().claim(claimRequest({ isListed: false }));
    expect(await ledger().search({ filters: {}, limit: 10, after: undefined })).toEqual([]);
  });

  test("reaches every row by its pages, refusals and their samples among them", async () => {
    await written(3, (n) => NOON - 1_000 + n);
    const counted = { origin: "sms", outcome: "refused" };
    const records = Array.from({ length: 11 }, (_, n) =>
      deliveryRecord({ id: deliveryId(NOON + n), outcome: "refused", reason: `reason_${n}` }),
    );
    const counts = records.map((sample) => ({
      ...counted,
      reason: sample.reason ?? "",
      count: 1,
      sample,
    }));
    await ledger().refuse({ counts, records });
    const seen = new Set<string>();
    let after: { readonly seq: number; readonly id: string } | undefined;
    for (let page = await ledger().search({ filters: {}, limit: 2, after }); page.length > 0;) {
      for (const { id } of page) seen.add(id);
      after = page.at(-1);
      page = await ledger().search({ filters: {}, limit: 2, after });
    }
    expect(seen.size).toBe(14);
  });

  test("drops a day when its time is over, and not before", async () => {
    const [id = ""] = await written(1, () => NOON);
    vi.setSystemTime(NOON + 29 * 86_400_000);
    await runDurableObjectAlarm(stub());
    expect((await ledger().find(id))?.id).toBe(id);
    vi.setSystemTime(NOON + 30 * 86_400_000);
    await runDurableObjectAlarm(stub());
    expect(await ledger().find(id)).toBeUndefined();
  });

  test("keeps a thousand refusals a day, the newest, and always one of each kind", async () => {
    const counted = { origin: "sms", outcome: "refused" };
    const rare = deliveryRecord({
      id: deliveryId(NOON - 1),
      outcome: "refused",
      reason: "account_without_key",
    });
    await ledger().refuse({
      counts: [{ ...counted, reason: "account_without_key", count: 1, sample: rare }],
      records: [rare],
    });
    for (let batch = 0; batch < 30; batch++) {
      const records = Array.from({ length: 100 }, (_, n) =>
        deliveryRecord({
          id: deliveryId(NOON + batch * 100 + n),
          outcome: "refused",
          reason: "signature_mismatch",
        }),
      );
      const [sample] = records;
      if (sample === undefined) throw new Error("no sample");
      await ledger().refuse({
        counts: [{ ...counted, reason: "signature_mismatch", count: 5_000, sample }],
        records,
      });
    }
    const rows = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT count(*) AS n FROM refusals_20361124").one(),
    );
    expect(rows["n"]).toBe(1_002);
    expect((await ledger().find(rare.id))?.reason).toBe("account_without_key");
    const { today } = await ledger().health();
    expect(today).toContainEqual({ ...counted, reason: "signature_mismatch", count: 150_000 });
  });
});

function fenceOf(reply: ClaimReply): number {
  if (reply.state !== "first") throw new Error(`not first: ${reply.state}`);
  return reply.fence;
}
