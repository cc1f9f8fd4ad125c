import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually, mapLimited } from "../support/eventually.ts";
import { openEventStream, type EventStream } from "../support/event-stream.ts";
import { answerTwiml } from "../support/misbehaving-origin.ts";
import { authToken, logToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, sidOf, smsFields, type SentWebhook } from "../support/sign.ts";

/** After so long without work an object is put to sleep, ms: 10 s, and what a busy machine takes. */
const ASLEEP_MS = 13_000;

let rig: Rig;
const open: EventStream[] = [];

beforeAll(async () => {
  rig = await startRig({
    origins: (base) => ({
      sms: { path: "/sms", url: `${base}/sms` },
      status: { path: "/status", url: `${base}/status`, mode: "queue" },
    }),
    vars: () => ({ LEDGER_SHARDS: 2 }),
    otherwise: answerTwiml(),
    ledger: "watched",
  });
});
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
});
afterAll(() => rig.stop());

async function stream(query = "", lastEventId?: string): Promise<EventStream> {
  const opened = await openEventStream({
    port: rig.worker.plain.port,
    path: `/_log/stream${query}`,
    token: logToken,
    lastEventId,
  });
  open.push(opened);
  return opened;
}

/** Open, and past the point from which nothing is missed. */
async function live(query = ""): Promise<EventStream> {
  const opened = await stream(query);
  expect(opened.status).toBe(200);
  await eventually("the stream's first id", () => opened.lastEventId());
  return opened;
}

function sms(body: string, path = "/sms"): SentWebhook {
  const fields = smsFields(body, sidOf("SM", body));
  return formWebhook({ token: authToken, url: `${publicBase}${path}`, fields });
}

async function send(webhook: SentWebhook): Promise<string> {
  const answer = await rig.deliver(webhook);
  return answer.header("hookswitch-delivery") ?? "";
}

function rowsOf({ events }: EventStream): readonly Record<string, unknown>[] {
  return events.map(({ data }) => JSON.parse(data));
}

function idsOf(streamed: EventStream): readonly unknown[] {
  return rowsOf(streamed).map(({ id }) => id);
}

describe("GET /_log/stream", () => {
  // First, since counts that are written behind keep a busy object awake for up to a minute.
  test("keeps no ledger awake, and leaves nothing behind when its reader goes", async () => {
    const told = (what: string): number =>
      rig.worker.logLines().filter((line) => line["ledger"] === what).length;
    const streamed = await live();
    const started = told("started");
    await sleep(ASLEEP_MS);
    const id = await send(sms("woken"));
    await eventually("it is told", () => idsOf(streamed).includes(id));
    expect(told("started")).toBeGreaterThan(started);
    const gone = told("watcher gone");
    streamed.close();
    // That it has gone shows when something is sent to it.
    await eventually("both shards know", async () => {
      await send(sms(`after ${Math.random()}`));
      return told("watcher gone") >= gone + 2;
    });
  });

  test("tells each delivery as the list shows it, masked, when it is over", async () => {
    const streamed = await live();
    expect(streamed.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(streamed.headers["cache-control"]).toBe("no-store, no-transform");
    const id = await send(sms("told as it happens"));
    await eventually("it is told", () => idsOf(streamed).includes(id));
    const { deliveries } = JSON.parse((await rig.log("/deliveries?limit=1")).body.toString());
    expect(rowsOf(streamed).at(-1)).toEqual(deliveries[0]);
    expect(JSON.stringify(streamed.events)).not.toContain("told as it happens");
  });

  test("tells a queued one each time it changes", async () => {
    const streamed = await live("?origin=status");
    const id = await send(sms("queued", "/status"));
    await eventually("it is delivered", () =>
      rowsOf(streamed).some((row) => row["id"] === id && row["outcome"] === "delivered"),
    );
    expect(rowsOf(streamed)[0]).toMatchObject({ id, outcome: "queued" });
  });

  test("goes by the list's filters, and by what a delivery shows", async () => {
    const refused = await live("?outcome=refused");
    const shown = await live(`?q=${encodeURIComponent("(29 characters)")}`);
    const longer = await send(sms("a text of thirty-one characters"));
    const wanted = await send(sms("some text of 29 characters ok"));
    await rig.deliver(forged(sms("nothing of Twilio's own")));
    await eventually("the refused one is told", () => refused.events.length > 0);
    await eventually("the shown one is told", () => idsOf(shown).includes(wanted));
    expect(rowsOf(refused).map(({ reason }) => reason)).toEqual(["signature_mismatch"]);
    expect(idsOf(shown)).not.toContain(longer);
  });

  test("is for those who may read the log, and has no pages", async () => {
    const { port } = rig.worker.plain;
    const path = "/_log/stream";
    expect((await openEventStream({ port, path, token: "wrong" })).status).toBe(401);
    for (const query of ["?limit=5", "?cursor=x", "?from=%2B1", "?colour=red"])
      expect((await stream(query)).status).toBe(400);
  });

  test("loses nothing to breaks at any moment under load", async () => {
    const told = new Set<unknown>();
    const first = await live();
    let current = first;
    let breaks = 0;
    const sending = { isOver: false };
    const reader = (async () => {
      while (!sending.isOver) {
        await sleep(20 + ((breaks * 37) % 150));
        current.close();
        for (const id of idsOf(current)) told.add(id);
        breaks++;
        current = await stream("", current.lastEventId());
      }
    })();
    const ids = await mapLimited(
      Array.from({ length: 600 }, (_, n) => sms(`load ${n}`, n % 3 === 0 ? "/status" : "/sms")),
      8,
      send,
    );
    sending.isOver = true;
    await reader;
    expect(breaks).toBeGreaterThan(5);
    await eventually("all of them were told", () => {
      for (const id of idsOf(current)) told.add(id);
      return ids.every((id) => told.has(id));
    });
    expect(ids.every((id) => id !== "")).toBe(true);
  });

  test("comes back to what was written while nobody watched, and over a restart", async () => {
    const streamed = await live();
    streamed.close();
    const ids = await mapLimited(
      Array.from({ length: 30 }, (_, n) => sms(`meanwhile ${n}`)),
      4,
      send,
    );
    await eventually("all are in the log", async () => {
      const { deliveries } = JSON.parse((await rig.log("/deliveries?limit=60")).body.toString());
      const answered = new Map<string, string>(
        deliveries.map((row: { id: string; outcome: string }) => [row.id, row.outcome]),
      );
      return ids.every((id) => answered.get(id) === "answered");
    });
    await rig.worker.kill();
    await rig.worker.start();
    const again = await stream("", streamed.lastEventId());
    await eventually("all of them are told", () => ids.every((id) => idsOf(again).includes(id)));
  });
});
