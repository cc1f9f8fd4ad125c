import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Overrides } from "../../src/config/types.ts";
import { deliver, type Delivered } from "../../src/forward/deliver.ts";
import {
  answered,
  fakePorts,
  lost,
  unreached,
  type FakePorts,
  type Script,
} from "../support/ports.ts";

const BUDGET_MS = 14_000;

function overrides(more: Partial<Overrides> = {}): Overrides {
  return {
    budgetMs: BUDGET_MS,
    attemptTimeoutMs: undefined,
    retries: 1,
    retryOn: new Set(["ct"]),
    ...more,
  };
}

async function delivered(
  ports: FakePorts,
  policy: Overrides,
  budgetMs = BUDGET_MS,
): Promise<{ readonly came: Delivered; readonly tookMs: number }> {
  const startedAtMs = ports.clock.now();
  const work = deliver({
    to: "origin",
    overrides: policy,
    deadlineMs: startedAtMs + budgetMs,
    attemptsBefore: 0,
    judge: { policy: "auto", hadAuthorization: false, wants: "answer" },
    request: () => ({
      url: "https://app.example.com/",
      method: "GET",
      headers: new Headers(),
      body: undefined,
      maxBodyBytes: 1_000_000,
    }),
    ports,
  });
  const came = await ports.clock.run(work);
  return { came, tookMs: ports.clock.now() - startedAtMs };
}

function classes({ attempts }: Delivered): readonly string[] {
  return attempts.map(({ outcome }) => (outcome.kind === "usable" ? "usable" : outcome.class));
}

describe("deliver()", () => {
  test("is content with a usable answer", async () => {
    const { came } = await delivered(fakePorts({ origin: [answered()] }), overrides());
    expect(came.kind).toBe("usable");
    expect(classes(came)).toEqual(["usable"]);
  });

  test("tries again what rp names, as often as rc says", async () => {
    const { came } = await delivered(
      fakePorts({ origin: [unreached, unreached, unreached] }),
      overrides({ retries: 2 }),
    );
    expect(classes(came)).toEqual(["unreached", "unreached", "unreached"]);
  });

  test("does not try again what rp does not name: a lost connection may have been delivered", async () => {
    const { came } = await delivered(fakePorts({ origin: [lost] }), overrides({ retries: 5 }));
    expect(classes(came)).toEqual(["lost"]);
  });

  test("numbers attempts on from those before", async () => {
    const ports = fakePorts({ origin: [answered()] });
    const { clock } = ports;
    const came = await deliver({
      to: "fallback",
      overrides: overrides(),
      deadlineMs: clock.now() + 1_000,
      attemptsBefore: 2,
      judge: { policy: "auto", hadAuthorization: false, wants: "answer" },
      request: (number) => ({
        url: `https://x/${number}`,
        method: "GET",
        headers: new Headers(),
        body: undefined,
        maxBodyBytes: 1,
      }),
      ports,
    });
    expect(came.attempts[0]?.number).toBe(3);
    expect(ports.asked[0]?.url).toBe("https://x/3");
  });

  test("aborts an attempt when its time is up, to the millisecond", async () => {
    const ports = fakePorts({ origin: ["never"] });
    const { came, tookMs } = await delivered(ports, overrides({ attemptTimeoutMs: 4_000 }));
    expect(tookMs).toBe(4_000);
    expect(classes(came)).toEqual(["timeout"]);
    expect(ports.signals[0]?.aborted).toBe(true);
  });

  test("bounds an attempt by what is left of the budget", async () => {
    const { came, tookMs } = await delivered(
      fakePorts({ origin: ["never"] }),
      overrides({ attemptTimeoutMs: 15_000 }),
    );
    expect(tookMs).toBe(BUDGET_MS);
    expect(came.attempts[0]?.timeoutMs).toBe(BUDGET_MS);
  });

  test("takes an answer in the last millisecond", async () => {
    const script: Script = { afterMs: 3_999, reply: answered() };
    const { came } = await delivered(
      fakePorts({ origin: [script] }),
      overrides({ attemptTimeoutMs: 4_000 }),
    );
    expect(came.kind).toBe("usable");
  });

  test("starts an attempt that has exactly the floor left, and none with a millisecond less", async () => {
    const policy = overrides({ attemptTimeoutMs: 2_000, retries: 5, retryOn: new Set(["rt"]) });
    const fits = await delivered(fakePorts({ origin: ["never", "never"] }), policy, 2_500);
    expect(classes(fits.came)).toEqual(["timeout", "timeout"]);
    expect(fits.tookMs).toBe(2_500);
    const misses = await delivered(fakePorts({ origin: ["never"] }), policy, 2_499);
    expect(classes(misses.came)).toEqual(["timeout"]);
    expect(misses.tookMs).toBe(2_000);
  });

  test("makes no attempt at all when the time is up before the first", async () => {
    const { came } = await delivered(fakePorts(), overrides(), 499);
    expect(came).toEqual({ kind: "failed", twilioCode: 11_203, attempts: [] });
  });

  test("never ends after its deadline, whatever the origin does and the policy says", async () => {
    const step = fc.oneof<fc.Arbitrary<Script>[]>(
      fc.constant<Script>("never"),
      fc.constant<Script>(unreached),
      fc.constant<Script>(lost),
      fc.constant<Script>(answered("no", { status: 503, headers: { "retry-after": "2" } })),
      fc.nat(20_000).map((afterMs): Script => ({ afterMs, reply: lost })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 100, max: 15_000 }),
        fc.integer({ min: 100, max: 15_000 }),
        fc.integer({ min: 0, max: 5 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (origin, budgetMs, attemptTimeoutMs, retries, random) => {
          const retryOn = new Set(["ct", "rt", "4xx", "5xx"] as const);
          const ports = fakePorts({ origin, random: () => random });
          const { came, tookMs } = await delivered(
            ports,
            overrides({ attemptTimeoutMs, retries, retryOn }),
            budgetMs,
          );
          expect(tookMs).toBeLessThanOrEqual(budgetMs);
          expect(came.attempts.length).toBeLessThanOrEqual(retries + 1);
          for (const { startedAtMs, timeoutMs } of came.attempts) {
            expect(startedAtMs + timeoutMs).toBeLessThanOrEqual(
              ports.clock.now() - tookMs + budgetMs,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
