// An object that is as full as a test says: at 70 % it is told, past 90 % only metadata is kept, past 95 % nothing is queued.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, mapLimited } from "../support/eventually.ts";
import { answer, answerUnalike } from "../support/misbehaving-origin.ts";
import { exchange, requestBytes, type RawResponse } from "../support/raw-http.ts";
import { adminToken, authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import {
  forged,
  formWebhook,
  getWebhook,
  sidOf,
  type Fields,
  type SentWebhook,
} from "../support/sign.ts";

const PLATFORM_BYTES = 10_000_000_000;
const caller = "+14155550123";

type TestWebhook = SentWebhook & { readonly path: string; readonly sid: string };

function webhook(under: string, more: Fields = [], method: "GET" | "POST" = "POST"): TestWebhook {
  const path = `/${under}/${randomUUID()}`;
  const sid = sidOf("SM", path);
  const fields: Fields = [["MessageSid", sid], ["From", caller], ["Body", "a body"], ...more];
  const unsigned = { token: authToken, url: `${publicBase}${path}`, fields };
  const idempotencyToken = randomUUID();
  const signed =
    method === "GET"
      ? getWebhook({ ...unsigned, idempotencyToken })
      : formWebhook({ ...unsigned, idempotencyToken });
  return { ...signed, path, sid };
}

let rig: Rig;
let limit = PLATFORM_BYTES;

/** Starts it anew with a limit under which what it has stored so far is such a part of it. */
async function fill(part: number): Promise<void> {
  const { storage_bytes: scaled } = await shard();
  limit = Math.round((scaled / PLATFORM_BYTES) * (limit / part));
  await rig.worker.kill();
  await rig.worker.start({ SMALL_LEDGER_BYTES: limit });
}

async function shown(path: string): Promise<Record<string, unknown>> {
  return JSON.parse((await rig.log(path)).body.toString());
}

async function shard(): Promise<{ readonly storage_bytes: number }> {
  const { body } = await rig.log("/health");
  return JSON.parse(body.toString()).ledger[0];
}

async function openHealth(): Promise<number> {
  const { status } = await exchange(
    rig.worker.plain,
    requestBytes({ method: "GET", target: "/_health", host: "hooks.example.net", headers: [] }),
  );
  return status;
}

async function whole(answered: RawResponse): Promise<Record<string, unknown>> {
  return shown(`/deliveries/${(await rig.delivery(answered)).id}`);
}

const kept = {
  request: {
    headers: expect.arrayContaining([["user-agent", "TwilioProxy/1.1"]]),
    parameters: expect.arrayContaining([{ name: "From", value: "+1…23" }]),
  },
  answer: { status: 200, body: expect.stringContaining("<Message>") },
};
const onlyMetadata = {
  request: {
    headers: [],
    query: [],
    parameters: null,
    body: null,
    redacted: false,
    withheld: null,
  },
  answer: null,
};

describe.each([
  { sealed: "in the clear", logKey: undefined },
  { sealed: "sealed", logKey: "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY" },
])("an object, $sealed,", ({ logKey }) => {
  beforeAll(async () => {
    limit = PLATFORM_BYTES;
    rig = await startRig({
      ledger: "small",
      vars: () => ({
        LOG_KEY: logKey,
        LOG_ADMIN_TOKEN: adminToken,
        SMALL_LEDGER_BYTES: PLATFORM_BYTES,
      }),
      origins: (base) => ({
        all: { path: "/all/*", url: `${base}/all/*` },
        queued: {
          path: "/queued/*",
          url: `${base}/queued/*`,
          mode: "queue",
          retry: { schedule: [1], hours: 1 },
        },
      }),
    });
    // So much that what a test adds to it hardly counts.
    const ballast = Array.from({ length: 60 }, () =>
      webhook("all", [["Note", "x".repeat(50_000)]]),
    );
    await mapLimited(ballast, 10, async (each) => rig.delivery(await rig.deliver(each)));
  });
  afterAll(() => rig.stop());

  test.each([
    { part: 0.69, status: 200, word: "ok" },
    { part: 0.71, status: 503, word: "degraded" },
  ])("at $part of its size is $word, and keeps all", async ({ part, status, word }) => {
    await fill(part);
    expect(await openHealth()).toBe(status);
    const health = await rig.log("/health");
    expect(health.status).toBe(status);
    const report = JSON.parse(health.body.toString());
    expect(report).toMatchObject({ status: word, problems: [], kv: "ok" });
    expect(report.ledger[0].storage_full).toBeCloseTo(part, 2);
    const metrics = (await rig.log("/metrics")).body.toString();
    expect(metrics).toContain(`hookswitch_storage_limit_bytes{shard="0"} ${PLATFORM_BYTES}`);

    expect(await whole(await rig.deliver(webhook("all")))).toMatchObject(kept);
  });

  test("at 0.89 keeps all", async () => {
    await fill(0.89);
    expect(await whole(await rig.deliver(webhook("all")))).toMatchObject(kept);
  });

  describe("past 0.9", () => {
    let before: TestWebhook;
    beforeAll(async () => {
      before = webhook("all");
      await rig.delivery(await rig.deliver(before));
      await fill(0.91);
    });

    test.each(["GET", "POST"] as const)(
      "lists a %s with its metadata, and nothing of what was said",
      async (method) => {
        const sent = webhook("all", [["MessageStatus", "received"]], method);
        const answered = await rig.deliver(sent);
        expect(answered.status).toBe(200);
        const found = await whole(answered);
        expect(found).toMatchObject({
          outcome: "answered",
          sids: [sent.sid],
          twilio_status: "received",
          http_status: 200,
          verified: true,
          dedupe: "first",
          attempts: [{ number: 1, status: 200, result: "usable" }],
          timeline: expect.arrayContaining([expect.objectContaining({ event: "received" })]),
          ...onlyMetadata,
        });

        const { deliveries } = JSON.parse(
          (await rig.post("/search", { from: caller, sid: sent.sid })).body.toString(),
        );
        expect(deliveries).toMatchObject([{ id: found["id"], outcome: "answered" }]);
        const exported = (await rig.log(`/export?sid=${sent.sid}`)).body.toString();
        expect(JSON.parse(exported)).toMatchObject(onlyMetadata);
      },
    );

    test("goes on with claims: a duplicate has its answer, also one of before, and one that failed is forwarded", async () => {
      const sent = webhook("all");
      const first = await rig.deliver(sent);
      await rig.delivery(first);
      const again = await rig.deliver(sent);
      expect(again.body).toEqual(first.body);
      expect(await whole(again)).toMatchObject({
        outcome: "duplicate",
        dedupe: "isolate",
        first_delivery_id: first.header("hookswitch-delivery"),
        ...onlyMetadata,
      });
      expect(rig.origin.seenAt(sent.path).length).toBe(1);

      expect((await rig.deliver(before)).header("hookswitch-outcome")).toBe("duplicate");
      expect(rig.origin.seenAt(before.path).length).toBe(1);

      const failed = webhook("all");
      rig.origin.on(failed.path, answer({ status: 500 }), answerUnalike);
      expect((await rig.deliver(failed)).status).toBe(502);
      expect((await rig.deliver(failed)).status).toBe(200);
    });

    test("sends nothing of it again, and says why", async () => {
      const sent = webhook("all", [["MessageStatus", "failed"]]);
      const { id } = await rig.delivery(await rig.deliver(sent));
      const replayed = await rig.post(`/deliveries/${id}/replay`);
      expect(replayed.status).toBe(409);
      expect(JSON.parse(replayed.body.toString()).error.code).toBe("not_kept");

      const planned = await rig.post("/replays?twilio_status=failed");
      const plan = JSON.parse(planned.body.toString());
      expect(plan).toMatchObject({ deliveries: 1 });
      await rig.post(`/replays/${plan.id}/run`);
      await eventually("the plan is done", async () => {
        const { state, skipped } = await shown(`/replays/${plan.id}`);
        return state === "done" && skipped === 1;
      });
      expect(rig.origin.seenAt(sent.path).length).toBe(1);
    });

    test("keeps of a forged webhook that it was there, and why it was refused", async () => {
      const sent = webhook("all", [["SmsStatus", "received"]]);
      expect((await rig.deliver(forged(sent))).status).toBe(403);
      const row = await eventually("it is listed", async () => {
        const { deliveries } = JSON.parse(
          (await rig.log(`/deliveries?outcome=refused&sid=${sent.sid}`)).body.toString(),
        );
        return deliveries[0];
      });
      expect(row).toMatchObject({ reason: "signature_mismatch" });
      expect(await shown(`/deliveries/${row.id}`)).toMatchObject(onlyMetadata);
    });

    test("queues still, and delivers", async () => {
      const sent = webhook("queued");
      const answered = await rig.deliver(sent);
      expect(answered.header("hookswitch-outcome")).toBe("queued");
      await eventually("it is delivered", async () => {
        const found = await whole(answered);
        return found["outcome"] === "delivered";
      });
      expect(await whole(answered)).toMatchObject(onlyMetadata);
    });
  });

  describe("past 0.95", () => {
    let queued: { readonly sent: TestWebhook; readonly answered: RawResponse };
    let over: TestWebhook;
    beforeAll(async () => {
      over = webhook("queued");
      const first = await rig.deliver(over);
      await eventually(
        "it is delivered",
        async () => (await whole(first))["outcome"] === "delivered",
      );
      const sent = webhook("queued");
      rig.origin.on(sent.path, answer({ status: 500 }));
      queued = { sent, answered: await rig.deliver(sent) };
      await eventually(
        "it waits",
        async () => (await whole(queued.answered))["next_attempt_at"] !== null,
      );
      await fill(0.96);
    });

    test("queues nothing more: it is forwarded at once, 200 if the origin took it, 503 if not", async () => {
      const [good, bad] = [webhook("queued"), webhook("queued")];
      rig.origin.on(bad.path, answer({ status: 500 }));
      const taken = await rig.deliver(good);
      expect(taken.status).toBe(200);
      expect(await whole(taken)).toMatchObject({
        outcome: "delivered",
        reason: "ledger_unavailable",
        ...onlyMetadata,
      });
      const refused = await rig.deliver(bad);
      expect(refused.status).toBe(503);
      expect(await whole(refused)).toMatchObject({ outcome: "failed" });
      expect(rig.origin.seenAt(good.path).length).toBe(1);
      expect(rig.origin.seenAt(bad.path).length).toBe(1);
      // What it took is a duplicate from now on, and what was queued before is one still.
      for (const sent of [good, over])
        expect((await rig.deliver(sent)).header("hookswitch-outcome")).toBe("duplicate");
      expect(rig.origin.seenAt(good.path).length).toBe(1);
    });

    test("goes on with claims, and with what is queued", async () => {
      const sent = webhook("all");
      const first = await rig.deliver(sent);
      await rig.delivery(first);
      expect((await rig.deliver(sent)).body).toEqual(first.body);
      expect(rig.origin.seenAt(sent.path).length).toBe(1);

      rig.origin.on(queued.sent.path, answer());
      await eventually("what was queued is delivered", async () => {
        const found = await whole(queued.answered);
        return found["outcome"] === "delivered";
      });
    });
  });
});
