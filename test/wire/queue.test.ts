import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { after, answer, answerUnalike, reset, silence } from "../support/misbehaving-origin.ts";
import { deliverAndReset, type RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type LoggedDelivery, type Rig } from "../support/rig.ts";
import { formWebhook, type Fields, type SentWebhook } from "../support/sign.ts";

/** Queued origins, tried again at once: the schedule's own waits are tests of their own. */
function origins(base: string): Record<string, unknown> {
  const queue = { mode: "queue", retry: { schedule: [1], hours: 1 } };
  return {
    all: { path: "/all/*", url: `${base}/all/*#rt=1000`, ...queue },
    no: { path: "/no/*", url: `${base}/no/*`, ...queue, ack: "204", dedupe: false },
    twiml: {
      path: "/twiml/*",
      url: `${base}/twiml/*`,
      ...queue,
      ack: "twiml",
      log: { keep: "failures" },
    },
  };
}

const status: Fields = [
  ["MessageSid", "SM00000000000000000000000000000001"],
  ["MessageStatus", "delivered"],
  ["AccountSid", "AC00000000000000000000000000000001"],
];

function webhook(under = "all", fields: Fields = status): SentWebhook & { path: string } {
  const path = `/${under}/${randomUUID()}`;
  const url = `${publicBase}${path}`;
  return {
    ...formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() }),
    path,
  };
}

/** A delivery once its outcome is one of these. */
function ended(rig: Rig, answered: RawResponse, ...outcomes: string[]): Promise<LoggedDelivery> {
  const id = answered.header("hookswitch-delivery");
  return eventually(`${id} is ${outcomes.join(" or ")}`, async () => {
    const found = await rig.log(`/deliveries/${id}`);
    const delivery: LoggedDelivery = JSON.parse(found.body.toString());
    return outcomes.includes(delivery.outcome) && delivery;
  });
}

describe("a queued webhook", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins });
  });
  afterAll(() => rig.stop());

  test("is acknowledged while the origin takes its time, and delivered to the byte", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, after(500, answerUnalike));
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    expect(answered.body.length).toBe(0);
    expect(answered.durationMs).toBeLessThan(400);
    const delivery = await ended(rig, answered, "delivered");
    expect(delivery.attempts.map(({ result, number }) => [result, number])).toEqual([
      ["usable", 1],
    ]);
    const [seen] = rig.origin.seenAt(sent.path);
    expect(seen?.body.toString()).toBe(sent.body.toString());
    expect(seen?.header("hookswitch-delivery")).toBe(delivery.id);
    expect(rig.kv.counts).toEqual({ gets: 0, puts: 0 });
  });

  test("that fails is tried again, with the same token and delivery, and its attempts are in the log", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, answer({ status: 500 }), reset, answer());
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    const delivery = await ended(rig, answered, "delivered");
    expect(delivery.attempts.map((each) => [each.number, each.class])).toEqual([
      [1, "status"],
      [2, "lost"],
      [3, null],
    ]);
    const seen = rig.origin.seenAt(sent.path);
    expect(seen.map((each) => each.header("hookswitch-attempt"))).toEqual(["1", "2", "3"]);
    expect(new Set(seen.map((each) => each.header("i-twilio-idempotency-token"))).size).toBe(1);
    expect(new Set(seen.map((each) => each.header("hookswitch-delivery"))).size).toBe(1);
  });

  test("sent again by Twilio is acknowledged, and delivered once", async () => {
    const sent = webhook();
    const [first, again] = [await rig.deliver(sent), await rig.deliver(sent)];
    expect([first.status, again.status]).toEqual([200, 200]);
    await ended(rig, first, "delivered");
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    const second = await ended(rig, again, "duplicate");
    expect(second.first_delivery_id).toBe(first.header("hookswitch-delivery"));
  });

  test("whose sender is gone by RST is delivered", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, after(300, answerUnalike));
    await deliverAndReset(rig.worker.plain, sent, () =>
      eventually("the origin was asked", () => rig.origin.seenAt(sent.path).length === 1),
    );
    const answered = await rig.deliver(sent);
    const duplicate = await ended(rig, answered, "duplicate");
    const first = await eventually("it is delivered", async () => {
      const found = await rig.log(`/deliveries/${duplicate.first_delivery_id}`);
      const delivery: LoggedDelivery = JSON.parse(found.body.toString());
      return delivery.outcome === "delivered" && delivery;
    });
    expect(first.attempts.length).toBe(1);
  });

  test("that the origin refuses for good is dead, and listed", async () => {
    const [gone, refused] = [webhook(), webhook()];
    rig.origin.on(gone.path, answer({ status: 410 }));
    rig.origin.on(refused.path, answer({ status: 404 }));
    for (const [sent, reason] of [
      [gone, "gone"],
      [refused, "not_retried"],
    ] as const) {
      const delivery = await ended(rig, await rig.deliver(sent), "dead");
      expect(delivery.reason).toBe(reason);
      expect(delivery.error_code).toBe(11_217);
    }
  });

  test("is acknowledged as `ack` says, also without dedupe, and leaves the log when it is delivered under log.keep = failures", async () => {
    const plain = await rig.deliver(webhook("no"));
    expect(plain.status).toBe(204);
    await ended(rig, plain, "delivered");
    const twiml = await rig.deliver(webhook("twiml"));
    expect(twiml.body.toString()).toBe("<Response/>");
    expect(twiml.header("content-type")).toBe("text/xml; charset=utf-8");
    const id = twiml.header("hookswitch-delivery");
    await eventually(
      "it is out of the log",
      async () => (await rig.log(`/deliveries/${id}`)).status === 404,
    );
  });

  test("with digits is forwarded at once, since nothing seals them", async () => {
    const sent = webhook("all", [...status, ["Digits", "1234"]]);
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    const delivery = await ended(rig, answered, "delivered");
    expect(delivery.reason).toBe("digits_without_log_key");
    expect(rig.origin.seenAt(sent.path)[0]?.body.toString()).toContain("Digits=1234");
    const failing = webhook("all", [...status, ["Digits", "1234"]]);
    rig.origin.on(failing.path, answer({ status: 500 }));
    const unavailable = await rig.deliver(failing);
    expect(unavailable.status).toBe(503);
    expect((await ended(rig, unavailable, "failed")).reason).toBe("digits_without_log_key");
  });
});

describe.each(["failing", "stalling"] as const)("with a %s ledger", (ledger) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins, ledger });
  });
  afterAll(() => rig.stop());

  test("a queued webhook is forwarded at once: 200 if the origin took it, 503 if not", async () => {
    const [good, bad] = [webhook(), webhook()];
    rig.origin.on(bad.path, answer({ status: 500 }));
    const taken = await rig.deliver(good);
    expect(taken.status).toBe(200);
    expect(taken.durationMs).toBeLessThan(3_000);
    const refused = await rig.deliver(bad);
    expect(refused.status).toBe(503);
    expect(rig.origin.seenAt(good.path).length).toBe(1);
    expect(rig.origin.seenAt(bad.path).length).toBe(1);
  });
});

describe("kill -9", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins });
  });
  afterAll(() => rig.stop());

  test("in the first attempt loses nothing: the alarm takes over when its lease is over", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, silence, answer());
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    await eventually("the origin was asked", () => rig.origin.seenAt(sent.path).length === 1);
    await rig.worker.kill();
    await rig.worker.start();
    // No request wakes it: rt = 1 s and 5 s more, and it is due.
    await eventually("it is tried again", () => rig.origin.seenAt(sent.path).length === 2, 15_000);
    const delivery = await ended(rig, answered, "delivered");
    expect(delivery.attempts.map((each) => [each.number, each.class])).toEqual([
      [1, "lost"],
      [2, null],
    ]);
  }, 60_000);
});
