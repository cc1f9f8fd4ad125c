import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  contentOf,
  readSaid,
  releaseOf,
  type Release,
  type Said,
  type SentBefore,
  type Told,
} from "../ledger-files/ledger-file.ts";
import {
  startLedger,
  webhook,
  type LedgerRig,
  type OwnWebhook,
} from "../ledger-files/ledger-rig.ts";
import { answer, answerTwiml } from "../support/misbehaving-origin.ts";
import type { SentWebhook } from "../support/sign.ts";

/**
 * Ledgers that earlier releases have left (`../ledger-files/`), opened by the present one, used by a release
 * before it, as after a deploy that was taken back, and opened by the present one again.
 */
const runs = [
  { file: "76a4b78/plain", before: "76a4b78" },
  { file: "76a4b78/sealed", before: "76a4b78" },
  { file: "e89d763/plain", before: "76a4b78" },
  { file: "e89d763/plain", before: "e89d763" },
];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The facts of a delivery that do not go on with time: what runs takes longer and longer. */
function lasting(told: Told): Partial<Told> {
  if (told.outcome !== "running") return told;
  const { duration_ms: _duration, timeline: _timeline, ...facts } = told;
  return facts;
}

/** A webhook to be sent once more, by Twilio's hand. */
function again({ webhook: { body, ...sent } }: SentBefore): SentWebhook {
  return { ...sent, body: Buffer.from(body, "base64") };
}

describe.each(runs)("the ledger $file, with $before in between", ({ file, before }) => {
  let rig: LedgerRig;
  let said: Said;
  let earlier: Release;
  /** Midnight after the file was taken. */
  let midnightMs: number;
  /** Webhooks that were answered in the course of this test, by who answered them. */
  const answered: { by: string; sent: OwnWebhook; id: string; body: string }[] = [];
  /** Queued, and told by the origin to come back later. */
  const waiting: { sent: OwnWebhook; id: string }[] = [];

  beforeAll(async () => {
    [said, earlier] = [await readSaid(file), await releaseOf(before)];
    midnightMs = (Math.floor(said.takenAtMs / DAY_MS) + 1) * DAY_MS;
    rig = await startLedger({ file, isSealed: file.endsWith("/sealed"), atMs: said.takenAtMs });
  });
  afterAll(() => rig.stop());

  /** Ends who runs and starts another, at so many hours after that midnight. */
  async function next(release: Release | undefined, hours: number): Promise<void> {
    await rig.worker.kill();
    await rig.start(release, midnightMs + hours * HOUR_MS);
  }

  function sentAs(...names: readonly string[]): readonly SentBefore[] {
    return said.sent.filter(({ what }) => names.includes(what));
  }

  /** Sends what was answered long ago: it is answered the same, and nobody is asked. */
  async function expectDuplicate(sent: SentBefore): Promise<void> {
    const seen = rig.origin.seen.length;
    const response = await rig.deliver(again(sent));
    expect(contentOf(response)).toEqual(sent.answer);
    expect(rig.origin.seen.length).toBe(seen);
    expect(await rig.over(response.header("hookswitch-delivery") ?? "")).toMatchObject({
      outcome: "duplicate",
      dedupe: "ledger",
      first_delivery_id: sent.id,
    });
  }

  /** Sends a new webhook, finds it by its sid, and sends it again. */
  async function answerNew(by: string): Promise<void> {
    const sent = webhook("all");
    const response = await rig.deliver(sent);
    const id = response.header("hookswitch-delivery") ?? "";
    expect(response.status).toBe(200);
    await rig.over(id);
    answered.push({ by, sent, id, body: response.body.toString() });
    expect((await rig.list(`sid=${sent.sid}`)).map((each) => each.id)).toEqual([id]);
    await answerKnown(by);
  }

  /** Sends again what somebody has answered just now. */
  async function answerKnown(by: string): Promise<void> {
    const known = answered.findLast((each) => each.by === by);
    const response = await rig.deliver(known?.sent ?? webhook("all"));
    expect(response.body.toString()).toBe(known?.body);
    expect(rig.origin.seenAt(known?.sent.path ?? "").length).toBe(1);
    const id = response.header("hookswitch-delivery") ?? "";
    expect(await rig.over(id)).toMatchObject({
      outcome: "duplicate",
      first_delivery_id: known?.id,
    });
  }

  /** A failure, a refusal and, where there is a queue, something that waits. */
  async function failNew(release: Pick<Release, "hasQueue">): Promise<void> {
    const failing = webhook("all");
    rig.origin.on(failing.path, answer({ status: 500 }), answerTwiml());
    const failed = (await rig.deliver(failing)).header("hookswitch-delivery") ?? "";
    expect(await rig.over(failed)).toMatchObject({ outcome: "failed", error_code: 11_217 });
    if (!release.hasQueue) return;
    const sent = webhook("queued");
    rig.origin.on(sent.path, answer({ status: 503 }), answer());
    const id = (await rig.deliver(sent)).header("hookswitch-delivery") ?? "";
    waiting.push({ sent, id });
    expect(await rig.waits(id)).toMatchObject({
      outcome: "queued",
      attempts: [{ class: "status" }],
    });
  }

  /** What waited is due by now: it is delivered, once. */
  async function expectDelivered(): Promise<void> {
    for (const { sent, id } of waiting.splice(0)) {
      expect(await rig.ended(id, "delivered")).toMatchObject({ attempts: [{}, {}] });
      expect(rig.origin.seenAt(sent.path).length).toBe(2);
    }
  }

  /** Every old row but those is listed still, with the facts it had. */
  async function expectOldRows(changed: readonly string[]): Promise<void> {
    const listed = new Map((await rig.list()).map((each) => [each.id, each]));
    for (const old of said.list.filter(({ id }) => !changed.includes(id))) {
      expect(listed.get(old.id)).toMatchObject(lasting(old));
    }
    for (const old of said.details.filter(({ id }) => !changed.includes(id))) {
      expect(await rig.find(old.id)).toMatchObject(lasting(old));
    }
  }

  /** Rows of the old file whose story went on. */
  const changed: string[] = [];

  test("opens with all of its rows, and the facts, counts and hashes of numbers that they had", async () => {
    const listed = await rig.list();
    expect(listed.map(({ id }) => id)).toEqual(said.list.map(({ id }) => id));
    await expectOldRows([]);
    expect(await rig.today()).toEqual(expect.arrayContaining(said.today.map((each) => each)));
    expect(await rig.byNumber()).toEqual(said.byNumber ?? []);
    for (const outcome of new Set(said.list.map((each) => each.outcome))) {
      const wanted = said.list.filter((each) => each.outcome === outcome);
      const found = await rig.list(`outcome=${outcome}`);
      expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
    }
  });

  test("answers what was answered, the day before too, and forwards what had failed", async () => {
    for (const sent of said.sent.filter(({ what }) => what.startsWith("answered"))) {
      await expectDuplicate(sent);
    }
    const seen = rig.origin.seen.length;
    for (const sent of sentAs("failed")) {
      expect((await rig.deliver(again(sent))).status).toBe(200);
    }
    expect(rig.origin.seen.length).toBe(seen + 1);
  });

  test("goes on: what was queued is delivered, what was cut off is over, what failed can be sent again", async () => {
    await next(undefined, 6);
    for (const { id = "", webhook: sent } of sentAs("queued", "queued too")) {
      changed.push(id);
      const { attempts } = await rig.ended(id, "delivered");
      expect(attempts).toMatchObject([
        { number: 1, class: "status" },
        { number: 2, class: null },
      ]);
      const path = new URL(sent.url).pathname;
      const [seen, ...more] = rig.origin.seenAt(path);
      expect(seen?.body.toString("base64")).toBe(sent.body);
      expect(more).toEqual([]);
    }
    const [cut] = sentAs("running");
    changed.push(cut?.id ?? "");
    expect(await rig.find(cut?.id ?? "")).toMatchObject({ outcome: "interrupted" });
    for (const sent of sentAs("running")) {
      expect((await rig.deliver(again(sent))).status).toBe(200);
      expect(rig.origin.seenAt(new URL(sent.webhook.url).pathname).length).toBe(1);
    }
    const [failed, dead] = [...sentAs("failed"), ...sentAs("dead")];
    for (const { id = "" } of [failed, dead].filter((each) => each !== undefined)) {
      changed.push(id);
      await rig.replay(id);
      expect(await rig.find(id)).toMatchObject({ outcome: "delivered", replay: "single" });
    }
  });

  test("takes new webhooks, and gives up an old one that is to be erased", async () => {
    await answerNew("the present");
    await failNew({ hasQueue: true });
    const [erased] = sentAs("answered, GET");
    const { id = "" } = erased ?? {};
    const [sid = ""] = [said.list.find((each) => each.id === id)?.["sids"]].flat().map(String);
    changed.push(id);
    // With it goes the duplicate of it that was sent above.
    expect(await rig.erase(sid)).toBe(2);
    expect(await rig.find(id)).toBeUndefined();
    await expectOldRows(changed);
  });

  test("is used by the release before: old rows and new, duplicates of both, webhooks of its own", async () => {
    await next(earlier, 8);
    await expectOldRows(changed);
    const listed = new Set((await rig.list()).map(({ id }) => id));
    expect(answered.every(({ id }) => listed.has(id))).toBe(true);
    await answerKnown("the present");
    for (const sent of sentAs("answered", "answered, JSON")) await expectDuplicate(sent);
    await answerNew("the one before");
    if (earlier.hasQueue) await expectDelivered();
    await failNew(earlier);
    // A day that it makes itself.
    await next(earlier, 26);
    await answerKnown("the one before");
    await answerNew("the one before");
    if (earlier.hasQueue) await expectDelivered();
    await failNew(earlier);
  });

  test("sees what that one wrote, by every filter, and delivers what it left", async () => {
    await next(undefined, 28);
    await expectOldRows(changed);
    for (const { id, sent } of answered) {
      for (const query of [
        `sid=${sent.sid}&outcome=answered`,
        `outcome=answered&origin=all&sid=${sent.sid}`,
      ]) {
        expect((await rig.list(query)).map((each) => each.id)).toEqual([id]);
      }
    }
    const all = await rig.list();
    const since = `since=${midnightMs}`;
    for (const [query, isWanted] of [
      ["outcome=failed", (told: Told) => told.outcome === "failed"],
      ["outcome=duplicate&origin=all", (told: Told) => told.outcome === "duplicate"],
      ["error_code=11217", (told: Told) => told["error_code"] === 11_217],
      ["http_status=502", (told: Told) => told["http_status"] === 502],
      [`${since}&origin=all`, (told: Told) => told["origin"] === "all" && isSince(told)],
    ] as const) {
      const wanted = all.filter(isWanted).map(({ id }) => id);
      expect((await rig.list(query)).map(({ id }) => id)).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(0);
    }
    await answerKnown("the one before");
    await expectDelivered();
    await answerNew("the present");
    expect(rig.worker.logLines().filter((line) => "bug" in line)).toEqual([]);
  });

  test("goes on where that one has dropped days that the present one had made", async () => {
    // Past LOG_DAYS.
    await next(earlier, 40 * 24);
    await answerNew("the one before");
    expect((await rig.list("origin=all")).length).toBe(2);
    await next(undefined, 40 * 24 + 2);
    await answerKnown("the one before");
    await answerNew("the present");
    expect((await rig.list()).filter(({ outcome }) => outcome === "answered").length).toBe(2);
    expect(rig.worker.logLines().filter((line) => "bug" in line)).toEqual([]);
  });

  function isSince(told: Told): boolean {
    return Date.parse(String(told["received_at"])) >= midnightMs;
  }
});
