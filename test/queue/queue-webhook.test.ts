import { describe, expect, test } from "vitest";
import type { OriginConfig, QueueConfig } from "../../src/config/types.ts";
import { acknowledged, queueWebhook } from "../../src/queue/queue-webhook.ts";
import { decodeWebhook } from "../../src/queue/stored-webhook.ts";
import { answered, fakePorts, lost, type FakePorts } from "../support/ports.ts";
import { outcomes } from "../support/outcomes.ts";
import { originConfig, smsFields, verifiedWebhook } from "../support/webhooks.ts";

const queue: QueueConfig = {
  retry: { schedule: [], hours: 72 },
  concurrency: 4,
  ack: "empty",
};
const origin: OriginConfig = originConfig({ queue, answer: "any" });
const claimKey = "ab".repeat(32);
const logKey = "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY";

async function queued(
  ports: FakePorts,
  more: {
    readonly digits?: string;
    readonly key?: string | undefined;
    readonly budgetMs?: number;
  } = {},
) {
  const parameters = [
    ...smsFields(),
    ...(more.digits === undefined ? [] : [["Digits", more.digits] as const]),
  ];
  const webhook = await verifiedWebhook({ parameters, receivedAtMs: ports.clock.now() });
  const startedAtMs = ports.clock.now();
  const came = await ports.clock.run(
    queueWebhook(
      {
        webhook,
        origin,
        queue,
        claimKey: "key" in more ? more.key : claimKey,
        deadlines: { originMs: startedAtMs + (more.budgetMs ?? 14_000) },
        stages: { receivedMs: 0, verifiedMs: 1 },
      },
      ports,
    ),
  );
  return { webhook, came, tookMs: ports.clock.now() - startedAtMs };
}

describe("queueWebhook()", () => {
  test("acknowledges what the ledger has, whole, with its claim and a lease for the first attempt", async () => {
    const ports = fakePorts();
    const { came, webhook } = await queued(ports);
    expect(came).toMatchObject({
      kind: "queued",
      answer: { status: 200, headers: [] },
      dedupe: "first",
    });
    const [request] = ports.enqueued;
    expect(request).toMatchObject({
      claim: { claimKey, ttlSeconds: 600, answer: { status: 200 } },
      leaseMs: 20_000,
      record: {
        id: webhook.deliveryId,
        outcome: "queued",
        origin: "sms",
        httpStatus: 200,
        isVerified: true,
      },
    });
    const { stored } = request?.record ?? {};
    expect(stored?.sealedWith).toBeUndefined();
    expect(decodeWebhook(stored?.bytes ?? new Uint8Array())).toMatchObject({
      url: webhook.url,
      body: webhook.body,
    });
    expect(ports.asked).toEqual([]);
  });

  test("keeps no header, query or body beside what is stored", async () => {
    const ports = fakePorts();
    await queued(ports);
    expect(ports.enqueued[0]?.record.request).toMatchObject({
      headers: [],
      query: undefined,
      body: undefined,
      path: "/sms",
    });
    expect(ports.enqueued[0]?.record.answer).toBeUndefined();
  });

  test("asks for no claim where nothing identifies it", async () => {
    const ports = fakePorts();
    const { came } = await queued(ports, { key: undefined });
    expect(ports.enqueued[0]?.claim).toBeUndefined();
    expect(came).toMatchObject({ kind: "queued", dedupe: "off" });
  });

  test("makes the first attempt at once where the ledger grants it, and settles it", async () => {
    const ports = fakePorts({
      origin: [answered("ok")],
      enqueue: async () => ({ state: "queued", lease: 7 }),
    });
    const { webhook } = await queued(ports);
    await Promise.all(ports.background);
    expect(ports.asked.length).toBe(1);
    expect(ports.attempted).toMatchObject([
      {
        deliveryId: webhook.deliveryId,
        lease: 7,
        attempt: { number: 1 },
        end: { kind: "delivered", isListed: true },
      },
    ]);
  });

  test("does not wait for that attempt", async () => {
    const slow = { afterMs: 14_000, reply: lost };
    const ports = fakePorts({
      origin: [slow],
      enqueue: async () => ({ state: "queued", lease: 7 }),
    });
    const { tookMs } = await queued(ports);
    expect(tookMs).toBe(0);
    await ports.clock.run(Promise.all(ports.background));
    expect(ports.attempted).toMatchObject([
      { end: { kind: "waits" }, attempt: { outcome: { class: "lost" } } },
    ]);
  });

  test("gives a duplicate the first one's acknowledgement", async () => {
    const answer = { status: 204, headers: [], body: new Uint8Array() };
    const ports = fakePorts({
      enqueue: async () => ({ state: "done", deliveryId: "first", answer }),
    });
    const { came } = await queued(ports);
    expect(came).toMatchObject({
      kind: "duplicate",
      answer,
      firstDeliveryId: "first",
      dedupe: "ledger",
    });
  });

  test.each([
    ["fails", () => Promise.reject(new Error("away")), 0],
    ["is silent, after a second", () => new Promise<never>(() => undefined), 1_000],
  ] as const)("does not queue while the ledger %s", async (_, enqueue, waitedMs) => {
    const { came, tookMs } = await queued(fakePorts({ enqueue }));
    expect(came).toEqual({ kind: "not_queued", why: "ledger_unavailable" });
    expect(tookMs).toBe(waitedMs);
  });

  test("does not queue digits in the clear, and seals them where there is a LOG_KEY", async () => {
    const open = fakePorts();
    expect((await queued(open, { digits: "80861" })).came).toEqual({
      kind: "not_queued",
      why: "digits_without_log_key",
    });
    expect(open.enqueued).toEqual([]);
    const sealed = fakePorts({ logKeys: [logKey] });
    expect((await queued(sealed, { digits: "80861" })).came.kind).toBe("queued");
    expect(JSON.stringify(sealed.enqueued[0]?.record)).not.toContain("80861");
    expect(sealed.enqueued[0]?.record.stored?.sealedWith).toMatch(/^[0-9a-f]{8}$/);
  });

  test("queues an empty Digits: nothing was keyed", async () => {
    expect((await queued(fakePorts(), { digits: "" })).came.kind).toBe("queued");
  });
});

describe("acknowledged()", () => {
  test("is the acknowledgement where the origin took it, and says why it was not queued", async () => {
    const { answered: taken } = await outcomes();
    const came = acknowledged(taken, { ...queue, ack: "204" }, "ledger_unavailable");
    expect(came).toMatchObject({
      kind: "delivered",
      answer: { status: 204 },
      notQueued: "ledger_unavailable",
    });
  });

  test("is a failure that says so where it did not", async () => {
    const { failed } = await outcomes();
    expect(acknowledged(failed, queue, "ledger_unavailable")).toMatchObject({
      kind: "failed",
      notQueued: "ledger_unavailable",
    });
  });

  test("leaves alone what could not be proven, and duplicates", async () => {
    const { answered: taken, duplicate } = await outcomes();
    const unverified = {
      ...taken,
      webhook: { ...taken.webhook, unverified: { reason: "signature_missing" } as const },
    };
    expect(acknowledged(unverified, queue, "ledger_unavailable")).toBe(unverified);
    expect(acknowledged(duplicate, queue, "ledger_unavailable")).toBe(duplicate);
  });
});
