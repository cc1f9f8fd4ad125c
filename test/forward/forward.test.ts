import { describe, expect, test } from "vitest";
import type { Fallback, OriginConfig } from "../../src/config/types.ts";
import { deadlinesOf } from "../../src/forward/deadline.ts";
import { forwardUnverified, forwardWebhook } from "../../src/forward/forward.ts";
import type { BreakerState } from "../../src/ledger/protocol.ts";
import type { Outcome } from "../../src/outcome.ts";
import { answered, fakePorts, unreached, type FakePorts } from "../support/ports.ts";
import { originConfig, receivedWebhook, verifiedWebhook } from "../support/webhooks.ts";

const TWIML = "<Response><Say>Later</Say></Response>";

function fallbackUrl(budgetMs = 4_000, twiml?: string): Fallback {
  const target = { ...originConfig().target, base: "https://backup.example.com", path: "/fb" };
  return {
    kind: "url",
    target: { ...target, overrides: { ...target.overrides, budgetMs } },
    twiml,
  };
}

async function forwarded(
  ports: FakePorts,
  origin: OriginConfig,
  breaker: BreakerState = "closed",
): Promise<{ readonly outcome: Outcome; readonly tookMs: number }> {
  const startedAtMs = ports.clock.now();
  const webhook = await verifiedWebhook();
  const claimed = { kind: "forward", dedupe: "first", hold: undefined, breaker } as const;
  const work = forwardWebhook(
    { webhook, origin, deadlines: deadlinesOf(origin, startedAtMs), claimed },
    ports,
  );
  return { outcome: await ports.clock.run(work), tookMs: ports.clock.now() - startedAtMs };
}

describe("forwardWebhook()", () => {
  test("gives the origin's own answer", async () => {
    const { outcome } = await forwarded(fakePorts({ origin: [answered()] }), originConfig());
    expect(outcome).toMatchObject({ kind: "answered", answer: { status: 200 } });
  });

  test("asks the fallback URL when the origin has failed, and tells it why", async () => {
    const ports = fakePorts({ origin: [answered("no", { status: 500 }), answered()] });
    const { outcome } = await forwarded(ports, originConfig({ fallback: fallbackUrl() }));
    expect(outcome).toMatchObject({ kind: "fell_back", from: "url", twilioCode: 11_217 });
    expect(ports.asked[1]?.url).toBe("https://backup.example.com/fb");
    expect(new TextDecoder().decode(ports.asked[1]?.body)).toMatch(
      /&ErrorCode=11217&ErrorUrl=https%3A%2F%2F/,
    );
  });

  test("asks one fallback URL for every path of a prefix", async () => {
    const ports = fakePorts({ origin: [answered("no", { status: 500 }), answered()] });
    const { target } = originConfig();
    const origin = originConfig({
      route: { host: undefined, kind: "prefix", typedPath: "/", normalisedPath: "/" },
      target: { ...target, path: "/", isPrefix: true },
      fallback: fallbackUrl(),
    });
    await forwarded(ports, origin);
    expect(ports.asked.map(({ url }) => url)).toEqual([
      "https://app.example.com/sms",
      "https://backup.example.com/fb",
    ]);
  });

  test('signs for the fallback anew under sign = "keep" too, and gives it none of the origin\'s headers', async () => {
    const ports = fakePorts({ origin: [answered("no", { status: 500 }), answered()] });
    await forwarded(
      ports,
      originConfig({ fallback: fallbackUrl(), sign: "keep", headers: [["X-Key", "k"]] }),
    );
    const [origin, fallback] = ports.asked.map(({ headers }) => headers);
    expect(origin?.get("x-key")).toBe("k");
    expect(fallback?.get("x-key")).toBeNull();
    expect(fallback?.get("x-twilio-signature")).not.toBe(origin?.get("x-twilio-signature"));
    expect(fallback?.get("traceparent")?.slice(0, 35)).toBe(
      origin?.get("traceparent")?.slice(0, 35),
    );
  });

  test("keeps the fallback's share of the budget back from an origin that hangs", async () => {
    const ports = fakePorts({ origin: ["never", { afterMs: 3_999, reply: answered() }] });
    const { outcome, tookMs } = await forwarded(
      ports,
      originConfig({ fallback: fallbackUrl(4_000) }),
    );
    expect(outcome).toMatchObject({ kind: "fell_back", from: "url" });
    expect(tookMs).toBe(10_000 + 3_999);
  });

  test("gives the fixed TwiML when the fallback URL fails too, inside the deadline", async () => {
    const ports = fakePorts({ origin: ["never", "never"] });
    const { outcome, tookMs } = await forwarded(
      ports,
      originConfig({ fallback: fallbackUrl(4_000, TWIML) }),
    );
    expect(outcome).toMatchObject({ kind: "fell_back", from: "twiml" });
    expect(outcome.kind === "fell_back" && new TextDecoder().decode(outcome.answer.body)).toBe(
      TWIML,
    );
    expect(tookMs).toBe(14_000);
  });

  test("gives the fixed TwiML without a fallback URL", async () => {
    const ports = fakePorts({ origin: [answered("no", { status: 500 })] });
    const { outcome } = await forwarded(
      ports,
      originConfig({ fallback: { kind: "twiml", twiml: TWIML } }),
    );
    expect(outcome).toMatchObject({ kind: "fell_back", from: "twiml" });
  });

  test("fails when nobody has an answer", async () => {
    const ports = fakePorts({
      origin: [answered("no", { status: 500 }), answered("no", { status: 404 })],
    });
    const { outcome } = await forwarded(ports, originConfig({ fallback: fallbackUrl() }));
    expect(outcome).toMatchObject({ kind: "failed", twilioCode: 11_217 });
    expect(
      outcome.kind === "failed" && outcome.attempts.map(({ to, number }) => [to, number]),
    ).toEqual([
      ["origin", 1],
      ["fallback", 2],
    ]);
  });

  test("takes a fallback's 401 challenge for a failure: Twilio's repeat would go to the origin", async () => {
    const challenge = answered("", { status: 401, headers: { "www-authenticate": "Basic" } });
    const ports = fakePorts({ origin: [answered("no", { status: 500 }), challenge] });
    expect((await forwarded(ports, originConfig({ fallback: fallbackUrl() }))).outcome.kind).toBe(
      "failed",
    );
  });

  describe("with an open breaker", () => {
    test("leaves the origin out where there is a fallback", async () => {
      const ports = fakePorts();
      const origin = originConfig({ fallback: { kind: "twiml", twiml: TWIML } });
      const { outcome, tookMs } = await forwarded(ports, origin, "open");
      expect(outcome).toMatchObject({ kind: "fell_back", from: "twiml", attempts: [] });
      expect(tookMs).toBe(0);
    });

    test("asks the origin all the same where there is none", async () => {
      const { outcome } = await forwarded(
        fakePorts({ origin: [answered()] }),
        originConfig(),
        "open",
      );
      expect(outcome.kind).toBe("answered");
    });

    test("asks the origin where breaker = false", async () => {
      const origin = originConfig({ hasBreaker: false, fallback: { kind: "twiml", twiml: TWIML } });
      expect(
        (await forwarded(fakePorts({ origin: [answered()] }), origin, "open")).outcome.kind,
      ).toBe("answered");
    });

    test("asks the origin with the one probe", async () => {
      const origin = originConfig({ fallback: { kind: "twiml", twiml: TWIML } });
      expect(
        (await forwarded(fakePorts({ origin: [answered()] }), origin, "probe")).outcome.kind,
      ).toBe("answered");
    });
  });
});

test("forwardWebhook() takes a 401 for a failure where the configured credentials were refused", async () => {
  const challenge = answered("", { status: 401, headers: { "www-authenticate": "Basic" } });
  const ports = fakePorts({ origin: [challenge] });
  const origin = originConfig({
    headers: [["Authorization", "Basic x"]],
    fallback: { kind: "twiml", twiml: TWIML },
  });
  expect((await forwarded(ports, origin)).outcome).toMatchObject({
    kind: "fell_back",
    from: "twiml",
  });
});

describe("forwardUnverified()", () => {
  test("gives a stranger's request none of the configured headers", async () => {
    const ports = fakePorts({ origin: [answered()] });
    const webhook = {
      ...receivedWebhook({ receivedAtMs: ports.clock.now() }),
      unverified: { reason: "signature_missing" } as const,
    };
    const origin = originConfig({ verify: "observe", headers: [["Authorization", "Basic x"]] });
    await ports.clock.run(forwardUnverified(webhook, origin, ports));
    expect(ports.asked[0]?.headers.has("authorization")).toBe(false);
  });

  test("sends the signature it came with, marked, and asks no fallback", async () => {
    const ports = fakePorts({ origin: [unreached, unreached] });
    const headers = { "x-twilio-signature": "forged" };
    const webhook = {
      ...receivedWebhook({ headers, receivedAtMs: ports.clock.now() }),
      unverified: { reason: "account_ambiguous" } as const,
    };
    const origin = originConfig({ verify: "observe", fallback: fallbackUrl(4_000, TWIML) });
    const outcome = await ports.clock.run(forwardUnverified(webhook, origin, ports));
    expect(outcome.kind).toBe("failed");
    expect(ports.asked.map(({ url }) => new URL(url).host)).toEqual([
      "app.example.com",
      "app.example.com",
    ]);
    expect(ports.asked[0]?.headers.get("x-twilio-signature")).toBe("forged");
    expect(ports.asked[0]?.headers.get("hookswitch-verified")).toBe("no");
  });
});
