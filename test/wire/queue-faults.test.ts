// What a hostile review has found in the queue over real sockets, and has to stay mended.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { after, answer } from "../support/misbehaving-origin.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, type Fields, type SentWebhook } from "../support/sign.ts";

function webhook(
  under: string,
  fields: Fields = [["MessageStatus", "delivered"]],
): SentWebhook & { path: string } {
  const path = `/${under}/${randomUUID()}`;
  const url = `${publicBase}${path}`;
  return {
    ...formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() }),
    path,
  };
}

describe("with a ledger that keeps it and says so too late", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      ledger: "late-enqueue",
      origins: (base) => {
        const queue = { mode: "queue", retry: { schedule: [1], hours: 1 } };
        return {
          all: { path: "/all/*", url: `${base}/all/*#rt=500`, ...queue },
          failures: {
            path: "/failures/*",
            url: `${base}/failures/*#rt=500`,
            ...queue,
            log: { keep: "failures" },
          },
          none: { path: "/none/*", url: `${base}/none/*#rt=500`, ...queue, log: { keep: "none" } },
        };
      },
    });
  });
  afterAll(() => rig.stop());

  // Beside each other: each waits until a lease is over.
  test.concurrent.each(["all", "failures", "none"])(
    "log.keep = %s: what the origin took at once is not delivered once more",
    async (keep) => {
      const sent = webhook(keep);
      const answered = await rig.deliver(sent);
      expect(answered.status).toBe(200);
      expect(rig.origin.seenAt(sent.path).length).toBe(1);
      await sleep(8_000); // rt = 0.5 s and 5 s more, and it is due
      expect(rig.origin.seenAt(sent.path).length).toBe(1);
    },
  );

  test.concurrent.each(["all", "none"])(
    "log.keep = %s: what it did not take, and Twilio sends again after the 503, is delivered once",
    async (keep) => {
      const sent = webhook(keep);
      rig.origin.on(sent.path, answer({ status: 500 }), answer());
      expect((await rig.deliver(sent)).status).toBe(503);
      await sleep(500);
      // A duplicate of what is kept, or queued itself.
      expect((await rig.deliver(sent)).status).toBe(200);
      await sleep(14_000);
      const taken = rig.origin.seenAt(sent.path).length - 1;
      expect(taken).toBe(1);
    },
  );
});

describe("with a ledger whose reply is lost once", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      ledger: "lost-reply",
      origins: (base) => ({
        all: {
          path: "/all/*",
          url: `${base}/all/*`,
          mode: "queue",
          limit: { concurrency: 1 },
          retry: { schedule: [1], hours: 1 },
        },
      }),
    });
  });
  afterAll(() => rig.stop());

  test("one delivery has one attempt under way", async () => {
    const [one, two] = [webhook("all"), webhook("all")];
    rig.origin.on(one.path, answer({ status: 500 }), after(300, answer()));
    rig.origin.on(two.path, answer({ status: 500 }), after(50, answer()));
    const path = `/all/${randomUUID()}/lost`;
    const url = `${publicBase}${path}`;
    const lost = formWebhook({
      token: authToken,
      url,
      fields: [["A", "b"]],
      idempotencyToken: randomUUID(),
    });
    rig.origin.on(path, after(2_000, answer()));
    await rig.deliver(one);
    await rig.deliver(two);
    await eventually("the first is tried again", () => rig.origin.seenAt(one.path).length === 2);
    expect((await rig.deliver(lost)).status).toBe(200);
    await sleep(1_000);
    const seen = rig.origin.seenAt(path);
    expect(seen.length).toBe(1);
  });
});

describe("with a stalling ledger", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      ledger: "stalling",
      origins: (base) => ({
        short: { path: "/short/*", url: `${base}/short/*#tt=900`, mode: "queue" },
        respond: { path: "/respond/*", url: `${base}/respond/*#tt=900` },
      }),
    });
  });
  afterAll(() => rig.stop());

  test.each(["respond", "short"])(
    "%s: an origin with a small budget is asked, inside of it",
    async (name) => {
      const sent = webhook(name);
      const answered = await rig.deliver(sent);
      expect(rig.origin.seenAt(sent.path).length).toBe(1);
      expect(answered.status).toBe(200);
      expect(answered.durationMs).toBeLessThan(950);
    },
  );
});

describe("LOG_KEY", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      vars: () => ({ LOG_KEY: "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY" }),
      origins: (base) => ({
        status: { path: "/status/*", url: `${base}/status/*`, mode: "queue" },
      }),
      otherwise: answer({ status: 503 }),
    });
  });
  afterAll(() => rig.stop());

  test("of what is queued nothing stands in the clear, also when Twilio sends it again", async () => {
    const sent = webhook("status", [["Body", "marker-of-a-queued-body"]]);
    expect((await rig.deliver(sent)).header("hookswitch-outcome")).toBe("queued");
    await sleep(300);
    expect(await rig.worker.storageHolds("marker-of-a-queued-body")).toBe(false);
    expect((await rig.deliver(sent)).header("hookswitch-outcome")).toBe("duplicate");
    await sleep(500);
    expect(await rig.worker.storageHolds("marker-of-a-queued-body")).toBe(false);
  });
});
