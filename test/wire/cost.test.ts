import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  announced,
  awake,
  nowAndThen,
  storedBytes,
  type Operations,
} from "../../src/cli/cost/operations.ts";
import { added, awakeMs, sumOf, type Billed } from "../support/billed.ts";
import { eventually } from "../support/eventually.ts";
import { openEventStream } from "../support/event-stream.ts";
import { flood } from "../support/flood.ts";
import { after, answer, answerTwiml } from "../support/misbehaving-origin.ts";
import { cutUrl, requestBytes } from "../support/raw-http.ts";
import { authToken, logToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, smsFields, type SentWebhook } from "../support/sign.ts";

/** An origin's time, ms: longer than a claim waits to be written, and what is sure to be shorter. */
const ORIGIN_MS = 350;
const FAST_ORIGIN_MS = 50;
/** So many webhooks come in one every so many ms, whatever becomes of those before. */
const MANY = 1_000;
const EVERY_MS = 10;
/** So many refusals an isolate and minute are listed of an origin. */
const LISTED_A_MINUTE = 20;

function origins(base: string): Record<string, unknown> {
  const origin = (name: string, more: object = {}) => ({
    path: `/${name}/*`,
    url: `${base}/${name}/*#rt=1000`, // a lease of 6 s, where the default has one of 19
    ...more,
  });
  const queue = { mode: "queue", retry: { schedule: [1], hours: 1 } };
  return {
    both: origin("both"),
    ledger: origin("ledger", { dedupe: { store: "ledger" } }),
    kv: origin("kv", { dedupe: { store: "kv" } }),
    off: origin("off", { dedupe: false }),
    failures: origin("failures", { log: { keep: "failures" } }),
    none: origin("none", { log: { keep: "none" } }),
    queue: origin("queue", queue),
    "queue-failures": origin("queue-failures", { ...queue, log: { keep: "failures" } }),
  };
}

function webhook(origin: string): SentWebhook & { readonly path: string } {
  const path = `/${origin}/${randomUUID()}`;
  const url = `${publicBase}${path}`;
  const fields = smsFields();
  return {
    ...formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() }),
    path,
  };
}

/** A ledger that has begun its day: its tables are made, and it has a key for numbers. */
async function start(): Promise<Rig> {
  const rig = await startRig({
    origins,
    otherwise: after(ORIGIN_MS, answerTwiml()),
    ledger: "cost",
  });
  await added(rig, () => rig.deliver(webhook("both")));
  return rig;
}

/** What was billed for webhooks, in the form of the announcement: without what comes now and then. */
function operationsOf(billed: Billed): Operations {
  return {
    workerRequests: billed.workerRequests,
    ledgerRequests: sumOf(billed.ledgerRequests, "alarm"),
    rowsWritten: sumOf(billed.rowsWritten, "alarm", "rollups"),
    rowsRead: billed.rowsRead,
    kvReads: billed.kvReads,
    kvWrites: billed.kvWrites,
  };
}

/** Exact, but for rows read: a lookup may meet a row more or less. */
function expectAnnounced(billed: Billed, expected: Operations): void {
  const { rowsRead, ...counted } = operationsOf(billed);
  expect({ ...expected, ...counted }).toEqual(expected);
  expect(rowsRead).toBeLessThanOrEqual(expected.rowsRead);
}

describe("a webhook that is alone costs what is announced:", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start();
  });
  afterAll(() => rig.stop());

  test.each([
    ["respond", "both"],
    ["respondLedger", "ledger"],
    ["respondKv", "kv"],
    ["respondOff", "off"],
    ["respondUnlisted", "failures"],
    ["respondUnlisted", "none"],
    ["queue", "queue"],
    ["queueUnlisted", "queue-failures"],
  ] as const)("%s, to the origin %s", async (name, origin) => {
    const billed = await added(rig, () => rig.deliver(webhook(origin)));
    expectAnnounced(billed, announced[name]);
  });

  test.each([
    ["duplicate", "both"],
    ["queueDuplicate", "queue"],
  ] as const)("%s, to the origin %s", async (name, origin) => {
    const sent = webhook(origin);
    // Larger than an isolate remembers: the ledger is asked.
    const body = `<Response><!-- ${"a".repeat(5_000)} --></Response>`;
    rig.origin.on(sent.path, answerTwiml(body));
    await added(rig, () => rig.deliver(sent));
    const billed = await added(rig, () => rig.deliver(sent));
    expectAnnounced(billed, announced[name]);
  });

  test("a duplicate costs one ledger request less in the isolate that has just answered", async () => {
    const sent = webhook("both");
    await added(rig, () => rig.deliver(sent));
    const billed = await added(rig, () => rig.deliver(sent));
    const { duplicate } = announced;
    expectAnnounced(billed, { ...duplicate, ledgerRequests: duplicate.ledgerRequests - 1 });
  });

  test("queueAttempt, for each attempt after the first", async () => {
    const costOf = async (failures: number): Promise<Billed> => {
      const sent = webhook("queue");
      const fail = Array.from({ length: failures }, () => answer({ status: 500 }));
      rig.origin.on(sent.path, ...fail, answer());
      return added(rig, async () => {
        await rig.deliver(sent);
        const isOver = (): boolean => rig.origin.seenAt(sent.path).length > failures;
        await eventually("the last attempt", isOver);
      });
    };
    const { queueAttempt, queue } = announced;
    const { rowsWritten, ledgerRequests } = nowAndThen.attemptAlarm;
    for (const failures of [1, 3]) {
      const billed = await costOf(failures);
      expectAnnounced(billed, {
        ...queue,
        rowsWritten: queue.rowsWritten + failures * queueAttempt.rowsWritten,
        rowsRead: queue.rowsRead + failures * queueAttempt.rowsRead,
      });
      // One more where the end of an earlier test's lease falls into it.
      const rang = (billed.ledgerRequests["alarm"] ?? 0) - failures * ledgerRequests;
      expect(rang === 0 || rang === 1).toBe(true);
      // The first lease's alarm may still be set from the one before.
      const alarms = billed.rowsWritten["alarm"] ?? 0;
      expect(alarms).toBeLessThanOrEqual((failures + 1) * rowsWritten);
    }
  }, 30_000);

  test("respondFast: one row less where the origin answers before the claim is written", async () => {
    const sent = webhook("both");
    rig.origin.on(sent.path, after(FAST_ORIGIN_MS, answerTwiml()));
    const billed = await added(rig, () => rig.deliver(sent));
    expectAnnounced(billed, announced.respondFast);
  });

  test("no more of them while a page's stream is open", async () => {
    const { port } = rig.worker.plain;
    const stream = await openEventStream({ port, path: "/_log/stream", token: logToken });
    await eventually("the stream's first id", () => stream.lastEventId());
    const billed = await added(rig, () => rig.deliver(webhook("both")));
    await eventually("it is told", () => stream.events.length > 0);
    stream.close();
    expectAnnounced(billed, announced.respond);
  });
});

describe("what costs something now and then", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins, otherwise: after(ORIGIN_MS, answerTwiml()), ledger: "cost" });
  });
  afterAll(() => rig.stop());

  test("keeps the object awake for a second, and writes what it has counted in one row", async () => {
    const billed = await added(rig, async () => {
      await rig.deliver(webhook("both"));
      await sleep(awake.aloneS * 1_000);
    });
    expect(billed.rowsWritten["rollups"]).toBe(nowAndThen.counts.rowsWritten);
    expect(awakeMs(billed)).toBeLessThanOrEqual(awake.aloneS * 1_000 + 200);
  });

  test("sets an alarm for a queued webhook that is alone, and for midnight when it was", async () => {
    const billed = await added(rig, async () => {
      await rig.deliver(webhook("queue"));
      await sleep(6_500);
    });
    expect(billed.rowsWritten["alarm"]).toBe(nowAndThen.alarm.rowsWritten);
    expect(billed.ledgerRequests["alarm"]).toBe(nowAndThen.alarm.ledgerRequests);
  });
});

describe(`${MANY} webhooks, ${1_000 / EVERY_MS} a second,`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start();
  });
  afterAll(() => rig.stop());

  const sendMany = (origin: string, originMs: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: MANY }, async (_, n) => {
        await sleep(n * EVERY_MS);
        const sent = webhook(origin);
        rig.origin.on(sent.path, after(originMs, answerTwiml()));
        const { status } = await rig.deliver(sent);
        expect(status).toBe(200);
      }),
    );

  test.each([
    ["respond", "both", ORIGIN_MS],
    ["respondFast", "both", FAST_ORIGIN_MS],
    ["queue", "queue", FAST_ORIGIN_MS],
  ] as const)("cost no more than as many alone: %s", async (name, origin, originMs) => {
    const bytesBefore = await storedBytesOf(rig);
    const billed = await added(rig, () => sendMany(origin, originMs));
    const counted = operationsOf(billed);
    const { ledgerRequests, rowsRead, ...others } = announced[name];
    // Settles travel together as they come.
    expect(counted.ledgerRequests).toBeLessThanOrEqual(MANY * ledgerRequests);
    // Each reads those of its own instant: on a busy machine many come in one.
    expect(counted.rowsRead).toBeLessThanOrEqual(MANY * rowsRead * 2);
    expect(counted).toMatchObject({
      workerRequests: MANY * others.workerRequests,
      kvReads: MANY * others.kvReads,
      kvWrites: MANY * others.kvWrites,
    });
    // A machine that is busy may have a claim settle as it is about to be written, and write one that was to be settled.
    expect(counted.rowsWritten).toBeLessThanOrEqual(MANY * (others.rowsWritten + 0.1));
    expect(counted.rowsWritten).toBeGreaterThan(MANY * (others.rowsWritten - 0.1));
    const seconds = (MANY * EVERY_MS) / 1_000 + 20;
    expect(sumOf(billed.rowsWritten) - counted.rowsWritten).toBeLessThanOrEqual(seconds);
    const bytes = ((await storedBytesOf(rig)) - bytesBefore) / MANY;
    expect(bytes).toBeLessThanOrEqual(storedBytes);
  });

  test("that are refused cost the ledger next to nothing", async () => {
    const sent = forged(webhook("both"));
    const bytes = requestBytes({
      ...sent,
      ...cutUrl(sent.url),
      headers: [...sent.headers, ["Connection", "keep-alive"]],
    });
    const alone = await added(rig, async () => {
      await rig.deliver(sent);
      await sleep(1_200);
    });
    expectAnnounced(alone, announced.refused);
    const startedAt = performance.now();
    const billed = await added(rig, async () => {
      await flood(rig.worker.plain, [bytes], MANY);
      await sleep(1_200);
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const counted = operationsOf(billed);
    expect(counted).toMatchObject({ workerRequests: MANY, kvReads: 0, kvWrites: 0 });
    expect(counted.ledgerRequests).toBeLessThanOrEqual(seconds + 1);
    expect(counted.rowsWritten).toBeLessThanOrEqual(2 * LISTED_A_MINUTE);
  });
});

/** The only shard's. */
async function storedBytesOf(rig: Rig): Promise<number> {
  const { ledger }: { ledger: [{ storage_bytes: number }] } = JSON.parse(
    String((await rig.log("/health")).body),
  );
  return ledger[0].storage_bytes;
}
