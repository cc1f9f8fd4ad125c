import { describe, expect, test } from "vitest";
import type { Hold } from "../../src/claim/claim.ts";
import type { Attempt, FailureClass } from "../../src/forward/origin.ts";
import type { Refusal, Settlement } from "../../src/ledger/protocol.ts";
import { record } from "../../src/log/record-outcome.ts";
import type { Outcome } from "../../src/outcome.ts";
import { answer, outcomes } from "../support/outcomes.ts";
import { fakePorts, type FakePorts } from "../support/ports.ts";
import { originConfig } from "../support/webhooks.ts";

const every = await outcomes();
const never = (): Promise<void> => new Promise(() => undefined);
const held: Hold = { claimKey: "ab".repeat(32), fence: 7 };

async function recorded(
  outcome: Outcome,
  hold: Hold | undefined = held,
  ports: FakePorts = fakePorts(),
): Promise<FakePorts> {
  const given = "answer" in outcome && outcome.answer !== undefined ? outcome.answer : answer;
  await ports.clock.run(
    record(
      { outcome, answer: given, hold, stages: {}, endedAtMs: ports.clock.now(), hasHungUp: false },
      ports,
    ),
  );
  await ports.clock.run(allOf(ports.background));
  return ports;
}

/** Work may begin more work. */
async function allOf(background: readonly Promise<unknown>[]): Promise<void> {
  for (let before = -1; before < background.length;) {
    before = background.length;
    await Promise.all(background);
  }
}

function attempt(to: Attempt["to"], failure: FailureClass | undefined): Attempt {
  const outcome =
    failure === undefined
      ? ({ kind: "usable", status: 200, notes: [] } as const)
      : ({
          kind: "failed",
          class: failure,
          status: undefined,
          twilioCode: 11_200,
          detail: "",
        } as const);
  return { number: 1, to, startedAtMs: 0, durationMs: 1, timeoutMs: 1, outcome };
}

describe("record()", () => {
  const stored: readonly (readonly [string, Outcome, boolean])[] = [
    ["an origin's answer below 400", every.answered, true],
    ["an origin's redirect", { ...every.answered, answer: { ...answer, status: 302 } }, true],
    ["a 401 challenge", { ...every.answered, answer: { ...answer, status: 401 } }, false],
    ["a fallback URL's answer", { ...every.fell_back, from: "url" }, true],
    ["fixed TwiML", every.fell_back, false],
    ["no answer at all", every.failed, false],
  ];
  test.each(stored)("of %s stores it for duplicates, or not", async (_, outcome, isStored) => {
    const { settled, released } = await recorded(outcome);
    const [settlement] = isStored ? settled : released;
    expect(settlement?.claim?.ttlSeconds).toBe(isStored ? 600 : undefined);
    expect(settlement?.claim?.fence).toBe(7);
    expect(settled.length + released.length).toBe(1);
  });

  test.each([
    [10_000, 250],
    [100, 100],
    [0, 0],
  ])(
    "with %i ms of the budget left waits for a release %i ms at the most",
    async (leftMs, waitedMs) => {
      const ports = fakePorts();
      const startedAtMs = ports.clock.now();
      const webhook = { ...every.failed.webhook, receivedAtMs: startedAtMs - 14_000 + leftMs };
      const ended = {
        outcome: { ...every.failed, webhook },
        answer,
        hold: held,
        stages: {},
        endedAtMs: startedAtMs,
        hasHungUp: false,
      };
      await ports.clock.run(
        record(ended, { ...ports, ledger: { ...ports.ledger, release: never } }),
      );
      expect(ports.clock.now() - startedAtMs).toBe(waitedMs);
    },
  );

  test("settles a claim that was taken over with the answer that KV had, and does not write it again", async () => {
    const put = (): Promise<boolean> => Promise.reject(new Error("must not be written"));
    const { settled } = await recorded(
      { ...every.duplicate, dedupe: "kv" },
      held,
      fakePorts({ answers: { put } }),
    );
    expect(settled[0]?.claim).toMatchObject({ fence: 7, ttlSeconds: 600, answer });
  });

  test("lets a fault in building the record cost the details and not the answer", async () => {
    const bugs: unknown[] = [];
    const ports = fakePorts();
    const webhook = { ...every.answered.webhook, headers: null as unknown as Headers }; // oxlint-disable-line no-unsafe-type-assertion -- a fault of ours
    await recorded({ ...every.answered, webhook }, held, {
      ...ports,
      log: { ...ports.log, bug: (error) => bugs.push(error) },
    });
    expect(bugs.length).toBeGreaterThan(0);
    expect(ports.settled[0]?.record).toMatchObject({ outcome: "answered", httpStatus: 200 });
  });

  test("only counts what is refused where log.keep is none", async () => {
    const kept: boolean[] = [];
    const ports = fakePorts();
    const refuse = ({ record: build }: Refusal): void => void kept.push(build !== undefined);
    const origin = originConfig({ log: { keep: "none", bodies: true, mask: [], unmask: [] } });
    await recorded({ ...every.refused, origin }, undefined, {
      ...ports,
      ledger: { ...ports.ledger, refuse },
    });
    expect(kept).toEqual([false]);
  });

  test("settles with the fence of a claim whose reply is late", async () => {
    const ports = fakePorts();
    const fence = ports.clock.sleep(3_000).then(() => 42);
    const { settled } = await recorded(every.answered, { ...held, fence }, ports);
    expect(settled[0]?.claim?.fence).toBe(42);
  });

  test("settles without a fence when the ledger never says", async () => {
    const { settled } = await recorded(every.answered, {
      ...held,
      fence: new Promise(() => undefined),
    });
    expect(settled[0]?.claim).toMatchObject({ fence: undefined, ttlSeconds: 600 });
  });

  test('settles no claim with store = "kv", and writes what is stored to KV', async () => {
    const written: string[] = [];
    const put = async (key: string): Promise<boolean> => written.push(key) > 0;
    const origin = originConfig({ dedupe: { ttlSeconds: 600, store: "kv", params: [] } });
    const { settled } = await recorded(
      { ...every.answered, origin },
      held,
      fakePorts({ answers: { put } }),
    );
    expect(settled[0]?.claim).toBeUndefined();
    expect(written).toEqual([held.claimKey]);
    await recorded({ ...every.failed, origin }, held, fakePorts({ answers: { put } }));
    expect(written.length).toBe(1);
  });

  test.each(["unreceived", "unrouted", "refused", "misconfigured"] as const)(
    "counts what is %s within bounds",
    async (kind) => {
      const refused: string[] = [];
      const ports = fakePorts();
      const refuse = ({ outcome }: { readonly outcome: string }): void =>
        void refused.push(outcome);
      await recorded(every[kind], undefined, { ...ports, ledger: { ...ports.ledger, refuse } });
      expect([refused.length, ports.settled.length]).toEqual([1, 0]);
    },
  );

  test("counts what goes out unverified within bounds too", async () => {
    const webhook = {
      ...every.refused.webhook,
      unverified: { reason: "signature_missing" } as const,
    };
    const { settled } = await recorded({ ...every.answered, webhook }, undefined);
    expect(settled).toEqual([]);
  });

  const events: readonly (readonly [string, readonly Attempt[], Settlement["breaker"]])[] = [
    ["an answer", [attempt("origin", undefined)], { origin: "sms", events: ["answered"] }],
    [
      "an error status: the origin is there",
      [attempt("origin", "status")],
      { origin: "sms", events: ["answered"] },
    ],
    [
      "each failure to get through",
      [attempt("origin", "timeout"), attempt("origin", "unreached")],
      { origin: "sms", events: ["timeout", "unreached"] },
    ],
    ["a broken connection", [attempt("origin", "lost")], { origin: "sms", events: ["lost"] }],
    ["nothing of the fallback", [attempt("fallback", "timeout")], undefined],
  ];
  test.each(events)("tells the breaker of %s", async (_, attempts, breaker) => {
    const { settled } = await recorded({ ...every.answered, attempts });
    expect(settled[0]?.breaker).toEqual(breaker);
  });

  test("tells the breaker nothing where breaker = false", async () => {
    const origin = originConfig({ hasBreaker: false });
    const { settled } = await recorded({
      ...every.answered,
      origin,
      attempts: [attempt("origin", "timeout")],
    });
    expect(settled[0]?.breaker).toBeUndefined();
  });

  test("hands over no record that log.keep does not cover, and counts it all the same", async () => {
    const origin = originConfig({ log: { keep: "none", bodies: true, mask: [], unmask: [] } });
    const { settled } = await recorded({ ...every.answered, origin });
    expect(settled[0]).toMatchObject({
      record: undefined,
      counted: { origin: "sms", outcome: "answered" },
    });
  });
});
