// LEDGER_SHARDS raised from 1 to 3 as a deploy does it: for a while both values are in force, on one ledger.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually, mapLimited } from "../support/eventually.ts";
import { after, answer, answerUnalike } from "../support/misbehaving-origin.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { adminToken, authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, sidOf, type SentWebhook } from "../support/sign.ts";

const SHARDS_BEFORE = 1;
const SHARDS_AFTER = 3;
/** Webhooks with the old value alone, and with both; so many on their way at a time. */
const BEFORE = 120;
const DURING = 240;
const AT_ONCE = 20;
/** Rows of a page: that rows of one millisecond are parted by its end is wanted. */
const PAGE = 37;
const caller = "+14155550123";

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly origin: string;
  readonly received_at: string;
  readonly sids: readonly string[];
}

interface Sent {
  readonly webhook: TestWebhook;
  readonly answered: RawResponse;
  readonly id: string;
}

type TestWebhook = SentWebhook & { readonly path: string; readonly sid: string };

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({
    vars: () => ({ LOG_ADMIN_TOKEN: adminToken, LEDGER_SHARDS: SHARDS_BEFORE }),
    beside: { LEDGER_SHARDS: SHARDS_AFTER },
    origins: (base) => ({
      sms: { path: "/sms/*", url: `${base}/sms/*` },
      status: {
        path: "/status/*",
        url: `${base}/status/*`,
        mode: "queue",
        retry: { schedule: [1], hours: 1 },
      },
    }),
  });
});
afterEach(() => rig.stop());

function webhook(under: "sms" | "status"): TestWebhook {
  const path = `/${under}/${randomUUID()}`;
  const sid = sidOf("SM", path);
  const fields = [
    ["MessageSid", sid],
    ["MessageStatus", "delivered"],
    ["From", caller],
  ] as const;
  const url = `${publicBase}${path}`;
  const signed = formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() });
  return { ...signed, path, sid };
}

/** The Worker with the old value, and the one with the new one. */
const old = (): Rig["worker"]["plain"] => rig.worker.plain;
const raised = (): Rig["worker"]["beside"] => rig.worker.beside;

async function send(sent: TestWebhook, to = old()): Promise<Sent> {
  const answered = await rig.deliver(sent, to);
  expect(answered.status).toBe(200);
  return { webhook: sent, answered, id: answered.header("hookswitch-delivery") ?? "" };
}

/** The object that a delivery is in, as its id names it. */
const shardOf = (id: string): number => Number.parseInt(id.slice(10, 12), 32);

async function page(
  query: string,
  from = raised(),
): Promise<{ readonly deliveries: readonly Row[]; readonly cursor: string | null }> {
  const found = await rig.log(`/deliveries?${query}`, from);
  expect(found.status).toBe(200);
  return JSON.parse(found.body.toString());
}

/** All pages from a cursor on. */
async function pages(query: string, cursor: string | null = ""): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let next = cursor; next !== null;) {
    const found = await page(`${query}&limit=${PAGE}${next === "" ? "" : `&cursor=${next}`}`);
    rows.push(...found.deliveries);
    next = found.cursor;
  }
  return rows;
}

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);
const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted();

async function outcomeOf(id: string): Promise<string | undefined> {
  const found = await rig.log(`/deliveries/${id}`, raised());
  return found.status === 200 ? JSON.parse(found.body.toString()).outcome : undefined;
}

test("raising LEDGER_SHARDS under load loses sight of nothing", async () => {
  // Down for what is queued: until the value is raised nothing of it is delivered.
  const queued: TestWebhook[] = [];
  const next = (n: number): TestWebhook => {
    const made = webhook(n % 3 === 0 ? "status" : "sms");
    if (made.path.startsWith("/status")) {
      rig.origin.on(made.path, answer({ status: 503 }));
      queued.push(made);
    } else {
      rig.origin.on(made.path, after(20, answerUnalike));
    }
    return made;
  };

  const before = await mapLimited(Array.from({ length: BEFORE }), AT_ONCE, (_, n) => send(next(n)));
  await eventually("what was answered is listed as over", async () => {
    const { length } = await pages("outcome=answered");
    return length === before.filter(({ webhook: { path } }) => path.startsWith("/sms")).length;
  });
  const first = await page(`limit=${PAGE}`, old());
  const plan = JSON.parse((await rig.post("/replays?origin=sms")).body.toString());

  // The deploy: one half goes to the old value still, the other one to the new one.
  let goneOnWith: readonly Row[] = [];
  const during = await mapLimited(Array.from({ length: DURING }), AT_ONCE, async (_, n) => {
    // A cursor of before, in the middle of it.
    if (n === DURING / 2) goneOnWith = await pages("", first.cursor);
    return send(next(n), n % 2 === 0 ? old() : raised());
  });
  const all = [...before, ...during];
  expect(new Set(during.map(({ id }) => shardOf(id)))).toEqual(new Set([0, 1, 2]));

  // Nothing is missing, and nothing is there twice: not of the list ...
  const list = await eventually("all that was answered is over or queued", async () => {
    const rows = await pages("");
    return rows.every(({ outcome }) => outcome !== "running") && rows.length === all.length && rows;
  });
  expect(sorted(idsOf(list))).toEqual(sorted(idsOf(all)));
  const times = list.map(({ received_at }) => received_at);
  expect(times).toEqual(times.toSorted().toReversed());
  // ... nor of what a cursor of before goes on with, then and now ...
  expect(sorted(idsOf([...first.deliveries, ...goneOnWith]))).toEqual(sorted(idsOf(before)));
  expect(await pages("", first.cursor)).toEqual(
    list.slice(list.findIndex(({ id }) => id === first.deliveries.at(-1)?.id) + 1),
  );
  // ... nor by any filter, ...
  const under = (origin: string): readonly string[] =>
    sorted(idsOf(all.filter(({ webhook: { path } }) => path.startsWith(`/${origin}`))));
  expect(sorted(idsOf(await pages("origin=sms&outcome=answered")))).toEqual(under("sms"));
  expect(sorted(idsOf(await pages("origin=status")))).toEqual(under("status"));
  const searched = await rig.post("/search", { from: caller, limit: 200 }, raised());
  expect(JSON.parse(searched.body.toString()).deliveries.length).toBe(200);
  // ... by its sid or its id, ...
  await mapLimited(all, AT_ONCE, async ({ id, webhook: { sid } }) => {
    const bySid = await page(`sid=${sid}`);
    expect(idsOf(bySid.deliveries)).toEqual([id]);
    expect(await outcomeOf(id)).toBeDefined();
  });
  // ... in the export, nor in what is counted.
  const exported = (await rig.log("/export", raised())).body.toString().trimEnd().split("\n");
  expect(sorted(exported.map((line) => JSON.parse(line).id))).toEqual(sorted(idsOf(all)));
  const { totals } = JSON.parse((await rig.log("/stats?since=1h", raised())).body.toString());
  expect(totals.outcomes).toMatchObject({
    answered: under("sms").length,
    queued: under("status").length,
  });

  // What was queued by either value is delivered once its application is up, ...
  for (const { path } of queued) rig.origin.on(path, answer());
  await eventually("all that was queued is delivered", async () => {
    const rows = await pages("origin=status");
    return rows.every(({ outcome }) => outcome === "delivered");
  });
  // ... and all of it is on disk: found by a new process, when the old value is gone.
  await rig.worker.kill();
  await rig.worker.start({ LEDGER_SHARDS: SHARDS_AFTER });
  expect(sorted(idsOf(await pages("")))).toEqual(sorted(idsOf(all)));

  // A plan of before sends what it has found, and that alone.
  await rig.post(`/replays/${plan.id}/run?rate=100`, "", raised());
  const done = await eventually("the plan is done", async () => {
    const shown = JSON.parse((await rig.log(`/replays/${plan.id}`, raised())).body.toString());
    return shown.state === "done" && shown;
  });
  const planned = before.filter(({ webhook: { path } }) => path.startsWith("/sms"));
  expect(done).toMatchObject({ deliveries: planned.length, delivered: planned.length });
  for (const { webhook: sent } of planned) expect(rig.origin.seenAt(sent.path).length).toBe(2);
});

describe("a duplicate across the raise", () => {
  const RESPOND = 24;
  const QUEUED = 12;

  async function sentTo(to: Rig["worker"]["plain"], made: readonly TestWebhook[]): Promise<Sent[]> {
    return mapLimited(made, AT_ONCE, (each) => send(each, to));
  }
  const outcomes = (sent: readonly Sent[]): readonly (string | undefined)[] =>
    sent.map(({ answered }) => answered.header("hookswitch-outcome"));
  const bodies = (sent: readonly Sent[]): readonly string[] =>
    sent.map(({ answered }) => answered.body.toString());
  const seen = (sent: readonly Sent[]): readonly number[] =>
    sent.map(({ webhook: { path } }) => rig.origin.seenAt(path).length);

  test.each([
    { under: "sms", count: RESPOND, first: "answered" },
    { under: "status", count: QUEUED, first: "queued" },
  ] as const)(
    "under $under is one as long as its claim stays in its object, and is $first once more where it moves",
    async ({ under, count, first }) => {
      const made = Array.from({ length: count }, () => webhook(under));
      const before = await sentTo(old(), made);
      await eventually("all are over", async () => (await overOf(before)) === count);
      expect(outcomes(before)).toEqual(made.map(() => first));

      const again = await sentTo(raised(), made);
      const hasMoved = again.map(({ id }) => shardOf(id) !== 0);
      expect(new Set(hasMoved)).toEqual(new Set([true, false]));
      expect(outcomes(again)).toEqual(hasMoved.map((moved) => (moved ? first : "duplicate")));
      await eventually("all are over", async () => (await overOf(again)) === count);
      expect(seen(again)).toEqual(hasMoved.map((moved) => (moved ? 2 : 1)));

      // From then on it is a duplicate, whichever value is asked, and has that value's answer.
      const third = await sentTo(raised(), made);
      expect(outcomes(third)).toEqual(made.map(() => "duplicate"));
      expect(bodies(third)).toEqual(bodies(again));
      const fourth = await sentTo(old(), made);
      expect(outcomes(fourth)).toEqual(made.map(() => "duplicate"));
      expect(bodies(fourth)).toEqual(bodies(before));
      expect(seen(again)).toEqual(hasMoved.map((moved) => (moved ? 2 : 1)));
      // KV has the answer, and is only asked where the ledger says nothing.
      expect(rig.kv.counts.gets).toBe(0);
    },
  );

  test("that arrives while the first one runs is forwarded beside it where its claim moves", async () => {
    const made = Array.from({ length: RESPOND }, () => webhook("sms"));
    for (const { path } of made) rig.origin.on(path, after(300, answerUnalike));
    const running = sentTo(old(), made);
    await eventually("all are under way", () =>
      made.every(({ path }) => rig.origin.seenAt(path).length === 1),
    );
    const beside = await sentTo(raised(), made);
    await running;
    expect(seen(beside)).toEqual(beside.map(({ id }) => (shardOf(id) === 0 ? 1 : 2)));
  });

  test("is out of sight of a Worker that has the old value still, and of nobody else", async () => {
    const made = Array.from({ length: RESPOND }, () => webhook("sms"));
    const sent = await sentTo(raised(), made);
    await eventually("all are over", async () => (await overOf(sent)) === RESPOND);
    const found = await mapLimited(sent, AT_ONCE, ({ id }) => rig.log(`/deliveries/${id}`, old()));
    expect(found.map(({ status }) => status)).toEqual(
      sent.map(({ id }) => (shardOf(id) === 0 ? 200 : 404)),
    );
  });

  async function overOf(sent: readonly Sent[]): Promise<number> {
    const found = await mapLimited(sent, AT_ONCE, ({ id }) => outcomeOf(id));
    return found.filter((outcome) => /answered|delivered|duplicate/.test(outcome ?? "")).length;
  }
});
