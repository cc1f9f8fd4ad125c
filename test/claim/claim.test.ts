import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/check/answer-types.ts";
import { deadlinesOf } from "../../src/forward/deadline.ts";
import { claimWebhook, type Claimed } from "../../src/claim/claim.ts";
import type { ClaimReply, WaitReply } from "../../src/ledger/protocol.ts";
import { fakePorts, type FakePorts } from "../support/ports.ts";
import { originConfig, verifiedWebhook } from "../support/webhooks.ts";

const KEY = "ab".repeat(32);
const answer: Answer = { status: 200, headers: [], body: new Uint8Array([1]) };
const never = (): Promise<never> => new Promise(() => undefined);
const away = (): Promise<never> => Promise.reject(new Error("ledger is away"));
const running = async (): Promise<ClaimReply> => ({ state: "running", fence: 3 });
const stored = { get: async () => ({ answer, deliveryId: "first" }) };

async function claimed(
  ports: FakePorts,
  origin = originConfig(),
  key: string | undefined = KEY,
): Promise<{ readonly came: Claimed; readonly tookMs: number }> {
  const startedAtMs = ports.clock.now();
  const webhook = await verifiedWebhook();
  const came = await ports.clock.run(
    claimWebhook(webhook, origin, key, deadlinesOf(origin, startedAtMs), ports),
  );
  return { came, tookMs: ports.clock.now() - startedAtMs };
}

describe("claimWebhook()", () => {
  test("goes on at once as the first, with the fence", async () => {
    const { came, tookMs } = await claimed(fakePorts());
    expect(came).toEqual({
      kind: "forward",
      dedupe: "first",
      hold: { claimKey: KEY, fence: 1 },
      breaker: "closed",
    });
    expect(tookMs).toBe(0);
  });

  test("asks for a lease of the budget and two seconds", async () => {
    const leases: number[] = [];
    const ports = fakePorts();
    const ledger = {
      ...ports.ledger,
      claim: async (request: { leaseMs: number }) => (leases.push(request.leaseMs), running()),
    };
    await claimed({
      ...ports,
      ledger: { ...ledger, wait: async () => ({ state: "timed_out" }) as const },
    });
    expect(leases).toEqual([16_000]);
  });

  test("answers with what this isolate has just answered, and asks nobody", async () => {
    const ports = fakePorts({ claim: () => Promise.reject(new Error("must not be asked")) });
    ports.recentAnswers.put(KEY, { answer, deliveryId: "first" }, 600, ports.clock.now());
    const { came } = await claimed(ports);
    expect(came).toEqual({
      kind: "duplicate",
      dedupe: "isolate",
      answer,
      firstDeliveryId: "first",
      hold: undefined,
    });
  });

  test("is off without a key, and asks nobody", async () => {
    const { came } = await claimed(fakePorts({ claim: away }), originConfig(), "");
    expect(came.kind).toBe("forward");
    const webhook = await verifiedWebhook();
    const ports = fakePorts({ claim: () => Promise.reject(new Error("must not be asked")) });
    expect(
      await claimWebhook(webhook, originConfig(), undefined, deadlinesOf(originConfig(), 0), ports),
    ).toMatchObject({
      dedupe: "off",
      hold: undefined,
    });
  });

  test("gives a duplicate of something finished its answer", async () => {
    const { came } = await claimed(
      fakePorts({ claim: async () => ({ state: "done", deliveryId: "first", answer }) }),
    );
    expect(came).toEqual({ kind: "duplicate", dedupe: "ledger", answer, firstDeliveryId: "first" });
  });

  test("fetches a large answer with a second call", async () => {
    const { came } = await claimed(
      fakePorts({
        claim: async () => ({ state: "done_large", fence: 3 }),
        wait: async () => ({ state: "done", deliveryId: "first", answer }),
      }),
    );
    expect(came).toMatchObject({ kind: "duplicate", dedupe: "ledger", answer });
  });

  const waits: readonly (readonly [string, WaitReply, Partial<Claimed>])[] = [
    [
      "the holder's answer",
      { state: "done", deliveryId: "first", answer },
      { kind: "duplicate", dedupe: "waited", answer },
    ],
    ["nothing in time", { state: "timed_out" }, { kind: "duplicate", answer: undefined }],
    [
      "the claim of a holder that died",
      { state: "first", fence: 9, breaker: "closed", takenOver: true },
      { kind: "forward", dedupe: "taken_over" },
    ],
  ];
  test.each(waits)("waits for one that runs and gets %s", async (_, reply, expected) => {
    expect(
      (await claimed(fakePorts({ claim: running, wait: async () => reply }))).came,
    ).toMatchObject(expected);
  });

  test("does not wait past the deadline for a ledger that went silent", async () => {
    const { came, tookMs } = await claimed(fakePorts({ claim: running, wait: never }));
    expect(came).toMatchObject({ kind: "duplicate", answer: undefined });
    expect(tookMs).toBe(14_000);
  });

  test("asks again when the ledger was reset while it waited", async () => {
    let asked = 0;
    const wait = async (): Promise<WaitReply> => {
      if (asked++ === 0) throw new Error("reset");
      return { state: "done", deliveryId: "first", answer };
    };
    expect((await claimed(fakePorts({ claim: running, wait }))).came).toMatchObject({
      kind: "duplicate",
      answer,
    });
  });

  test("goes on unclaimed when the ledger keeps going away while it waits", async () => {
    const { came } = await claimed(fakePorts({ claim: running, wait: away }));
    expect(came).toMatchObject({ kind: "forward", dedupe: "unavailable" });
  });

  test.each([
    ["away", away, 0],
    ["silent", never, 1_000],
  ])("goes on unclaimed when the ledger is %s and KV has nothing", async (_, claim, tookMs) => {
    const result = await claimed(fakePorts({ claim, answers: {} }));
    expect(result.came).toMatchObject({
      kind: "forward",
      dedupe: "unavailable",
      hold: { claimKey: KEY },
    });
    expect(result.tookMs).toBe(tookMs);
  });

  test("takes KV's answer when the ledger is away", async () => {
    const { came } = await claimed(fakePorts({ claim: away, answers: stored }));
    expect(came).toEqual({ kind: "duplicate", dedupe: "kv", answer, firstDeliveryId: "first" });
  });

  test("does not read KV while the ledger answers", async () => {
    expect((await claimed(fakePorts({ answers: { get: away } }))).came).toMatchObject({
      dedupe: "first",
    });
  });

  test("waits a second and a half at most when ledger and KV are both silent", async () => {
    const { came, tookMs } = await claimed(fakePorts({ claim: never, answers: { get: never } }));
    expect(came).toMatchObject({ kind: "forward", dedupe: "unavailable" });
    expect(tookMs).toBe(1_500);
  });

  test.each([
    ["a small budget", 1_000, undefined, 375],
    ["a small share beside a fallback's", 2_000, 1_400, 225],
  ])("with %s leaves the origin most of it", async (_, budgetMs, keptBackMs, tookMs) => {
    const { target } = originConfig();
    const withBudget = (ms: number) => ({
      ...target,
      overrides: { ...target.overrides, budgetMs: ms },
    });
    const origin = originConfig({
      target: withBudget(budgetMs),
      fallback:
        keptBackMs === undefined
          ? { kind: "none" }
          : { kind: "url", target: withBudget(keptBackMs), twiml: undefined },
    });
    const result = await claimed(fakePorts({ claim: never, answers: { get: never } }), origin);
    expect(result.came).toMatchObject({ kind: "forward", dedupe: "unavailable" });
    expect(result.tookMs).toBeGreaterThanOrEqual(tookMs - 60);
    expect(result.tookMs).toBeLessThanOrEqual(tookMs);
  });

  test("does not ask a ledger again past the deadline", async () => {
    const ports = fakePorts({ claim: never });
    let calls = 0;
    const claim = (): Promise<ClaimReply> => (calls++ === 0 ? running() : never());
    const wait = async (): Promise<WaitReply> => {
      await ports.clock.sleep(13_900);
      throw new Error("reset");
    };
    const { tookMs } = await claimed({ ...ports, ledger: { ...ports.ledger, claim, wait } });
    expect(tookMs).toBe(14_000);
  });

  test("looks into KV before it takes over, and brings the claim along to be settled", async () => {
    const wait = async (): Promise<WaitReply> => ({
      state: "first",
      fence: 9,
      breaker: "closed",
      takenOver: true,
    });
    const { came } = await claimed(fakePorts({ claim: running, wait, answers: stored }));
    expect(came).toMatchObject({ kind: "duplicate", dedupe: "kv", answer, hold: { fence: 9 } });
  });

  test("still learns the fence of a claim whose reply was late", async () => {
    const ports = fakePorts();
    const claim = async (): Promise<ClaimReply> => {
      await ports.clock.sleep(3_000);
      return { state: "first", fence: 42, breaker: "closed", takenOver: false };
    };
    const { came } = await claimed({ ...ports, ledger: { ...ports.ledger, claim } });
    const fence = came.kind === "forward" ? came.hold?.fence : undefined;
    expect(await ports.clock.run(Promise.resolve(fence))).toBe(42);
  });

  describe('with store = "kv"', () => {
    const origin = originConfig({ dedupe: { ttlSeconds: 600, store: "kv", params: [] } });
    test("asks KV and never the ledger", async () => {
      const { came } = await claimed(fakePorts({ claim: away, answers: stored }), origin);
      expect(came).toMatchObject({ kind: "duplicate", dedupe: "kv" });
    });
    test("goes on as the first when KV has nothing", async () => {
      const { came } = await claimed(fakePorts({ claim: away, answers: {} }), origin);
      expect(came).toMatchObject({ kind: "forward", dedupe: "first" });
    });
  });
});
