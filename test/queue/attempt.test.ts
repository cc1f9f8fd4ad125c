import { describe, expect, test } from "vitest";
import type { OriginConfig, Overrides, QueueConfig } from "../../src/config/types.ts";
import {
  attemptQueued,
  attemptTimeoutMs,
  leaseMs,
  queuedOriginOf,
} from "../../src/queue/attempt.ts";
import { answered, fakePorts, lost, type Script } from "../support/ports.ts";
import { originConfig, verifiedWebhook } from "../support/webhooks.ts";

const queue: QueueConfig = { retry: { schedule: [], hours: 72 }, concurrency: 3, ack: "empty" };

function origin(
  overrides: Partial<Overrides> = {},
  more: Partial<OriginConfig> = {},
): OriginConfig {
  const base = originConfig({ queue, answer: "any", ...more });
  return {
    ...base,
    target: { ...base.target, overrides: { ...base.target.overrides, ...overrides } },
  };
}

async function attempt(script: Script, to = origin(), replay?: string) {
  const ports = fakePorts({ origin: [script], random: () => 0.5 });
  const webhook = await verifiedWebhook({ receivedAtMs: ports.clock.now() });
  const settled = await ports.clock.run(
    attemptQueued({ webhook, origin: to, lease: 7, number: 2, replay }, ports),
  );
  return { ports, settled };
}

const redirect = answered("", { status: 302, headers: { location: "/next" } });
const challenge = answered("", { status: 401, headers: { "www-authenticate": "Basic realm=x" } });
const tooLarge = {
  kind: "too_large",
  status: 200,
  headers: new Headers(),
  maxBodyBytes: 1_000_000,
} as const;

describe("attemptQueued()", () => {
  test.each<[what: string, script: Script, end: string]>([
    ["a 200", answered("ok"), "delivered"],
    ["a 204", answered("", { status: 204 }), "delivered"],
    ["a 200 of any size", tooLarge, "delivered"],
    ["a 500", answered("", { status: 500 }), "waits"],
    ["a redirect", redirect, "waits"],
    ["a challenge", challenge, "waits"],
    ["a broken connection", lost, "waits"],
    ["a 404", answered("", { status: 404 }), "dead"],
    ["a 410", answered("", { status: 410 }), "dead"],
  ])("after %s is %s", async (_, script, end) => {
    expect((await attempt(script)).settled.end.kind).toBe(end);
  });

  test("does not give up what was queued when the origin's mode was another", async () => {
    const { settled } = await attempt(
      answered("", { status: 503 }),
      origin({}, { queue: undefined }),
    );
    expect(settled.end.kind).toBe("waits");
  });

  test("gives one attempt its rt, or 15 s, and asks once whatever rc and tt say", async () => {
    for (const [overrides, timeoutMs] of [
      [{ retries: 5, budgetMs: 100 }, 15_000],
      [{ retries: 5, attemptTimeoutMs: 300 }, 300],
    ] as const) {
      const { settled, ports } = await attempt("never", origin(overrides));
      expect(settled.attempt).toMatchObject({
        number: 2,
        durationMs: timeoutMs,
        outcome: { class: "timeout" },
      });
      expect(ports.asked.length).toBe(1);
      expect(ports.signals[0]?.aborted).toBe(true);
    }
  });

  test("numbers the attempt for the origin, and marks a replay", async () => {
    const first = await attempt(answered("ok"));
    expect(first.ports.asked[0]?.headers.get("hookswitch-attempt")).toBe("2");
    expect(first.ports.asked[0]?.headers.has("hookswitch-replay")).toBe(false);
    expect(first.settled.attempt.replay).toBeUndefined();
    const again = await attempt(answered("ok"), origin(), "plan");
    expect(again.ports.asked[0]?.headers.get("hookswitch-replay")).toBe("plan");
    expect(again.settled.attempt.replay).toBe("plan");
  });

  test("hints at what mends a challenge and a redirect", async () => {
    expect((await attempt(challenge)).settled.attempt.outcome).toMatchObject({
      detail: "The answer was 401. Set headers to log in.",
    });
    expect((await attempt(redirect)).settled.attempt.outcome).toMatchObject({
      detail: expect.stringContaining("Set url to where it leads"),
    });
  });

  test("keeps the body of what is dead whatever log.bodies says, and of what is delivered only where it says so", async () => {
    const bodiless = origin({}, { log: { keep: "all", bodies: false, mask: [], unmask: [] } });
    const dead = await attempt(answered("", { status: 410 }), bodiless);
    expect(dead.settled.end).toMatchObject({
      kind: "dead",
      reason: "gone",
      request: { body: expect.any(Uint8Array) },
    });
    const delivered = await attempt(answered("ok"), bodiless);
    expect(delivered.settled.end).toMatchObject({
      kind: "delivered",
      request: { body: undefined },
    });
  });

  test("leaves the log when log.keep does not cover what is delivered", async () => {
    const failures = origin({}, { log: { keep: "failures", bodies: true, mask: [], unmask: [] } });
    expect((await attempt(answered("ok"), failures)).settled.end).toMatchObject({
      isListed: false,
    });
  });

  test("tells the breaker, where there is one", async () => {
    expect((await attempt(lost)).settled.breaker).toEqual({ origin: "sms", events: ["lost"] });
    expect((await attempt(answered("", { status: 500 }))).settled.breaker).toEqual({
      origin: "sms",
      events: ["answered"],
    });
    expect(
      (await attempt(lost, origin({}, { hasBreaker: false }))).settled.breaker,
    ).toBeUndefined();
  });
});

test("attemptTimeoutMs() of a respond-mode origin, which is sent to again, is rt or its budget", () => {
  expect(attemptTimeoutMs(originConfig())).toBe(14_000);
  expect(attemptTimeoutMs(origin({ attemptTimeoutMs: 4_000 }, { queue: undefined }))).toBe(4_000);
  expect(leaseMs(origin())).toBe(20_000);
});

test("queuedOriginOf() is undefined for an origin that is not there", () => {
  const config = { origins: [origin()] };
  expect(queuedOriginOf("sms", config)).toEqual({
    concurrency: 3,
    leaseMs: 20_000,
    hasBreaker: true,
  });
  expect(queuedOriginOf("gone", config)).toBeUndefined();
});
