import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { after, answer, answerTwiml, silence, twiml } from "../support/misbehaving-origin.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, smsFields } from "../support/sign.ts";

const BUDGET_MS = 2_000;
const FALLBACK_MS = 1_000;
/** What answering may take beyond the budget on a busy machine, ms. */
const SLACK_MS = 500;
/** Timeouts in a row that open a breaker. */
const FAILURES = 5;
const fixed = "<Response><Say>Please call back.</Say></Response>";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    origins: (base) => ({
      alone: { path: "/alone", url: `${base}/alone#tt=${BUDGET_MS}` },
      url: {
        path: "/url",
        url: `${base}/url#tt=${BUDGET_MS}`,
        fallback: `${base}/fallback#tt=${FALLBACK_MS}`,
      },
      twiml: { path: "/twiml", url: `${base}/twiml#tt=${BUDGET_MS}`, fallback_twiml: fixed },
      both: {
        path: "/both",
        url: `${base}/both#tt=${BUDGET_MS}`,
        fallback: `${base}/fallback#tt=${FALLBACK_MS}`,
        fallback_twiml: fixed,
      },
      broken: {
        path: "/broken",
        url: `${base}/broken#tt=${BUDGET_MS}&rt=200&rc=0`,
        fallback: `${base}/stand-in#tt=${FALLBACK_MS}`,
      },
      stubborn: { path: "/stubborn", url: `${base}/stubborn#tt=${BUDGET_MS}&rt=200&rc=0` },
    }),
  });
});
afterAll(() => rig.stop());

/** A webhook of its own each time. The breaker speaks with the claim, and there is none without a token. */
function send(path: string): Promise<RawResponse> {
  return rig.deliver(
    formWebhook({
      token: authToken,
      url: `${publicBase}${path}`,
      fields: smsFields(),
      idempotencyToken: randomUUID(),
    }),
  );
}

async function breakers(): Promise<Readonly<Record<string, string>>> {
  const health = await rig.log("/health");
  const told: { breakers: { origin: string; state: string }[] } = JSON.parse(String(health.body));
  return Object.fromEntries(told.breakers.map(({ origin, state }) => [origin, state]));
}

describe("an origin that never answers", () => {
  test("is waited for as long as the budget is, and then the answer is 502", async () => {
    rig.origin.on("/alone", silence);
    const response = await send("/alone");
    expect(response.status).toBe(502);
    expect(response.durationMs).toBeGreaterThan(BUDGET_MS - 50);
    expect(response.durationMs).toBeLessThan(BUDGET_MS + SLACK_MS);
  });

  test("leaves the fallback its share, all of it", async () => {
    rig.origin.on("/url", silence);
    rig.origin.on("/fallback", after(FALLBACK_MS - 200, answerTwiml()));
    const response = await send("/url");
    expect(response.status).toBe(200);
    expect(String(response.body)).toBe(twiml);
    expect(response.durationMs).toBeLessThan(BUDGET_MS + SLACK_MS);
    const { attempts } = await rig.delivery(response);
    expect(attempts.map(({ to, result }) => [to, result])).toEqual([
      ["origin", "failed"],
      ["fallback", "usable"],
    ]);
  });

  test("and a fallback that does not either end in 502 inside of the budget", async () => {
    rig.origin.on("/url", silence);
    rig.origin.on("/fallback", silence);
    const response = await send("/url");
    expect(response.status).toBe(502);
    expect(response.durationMs).toBeLessThan(BUDGET_MS + SLACK_MS);
    expect((await rig.delivery(response)).outcome).toBe("failed");
  });

  test.each(["/twiml", "/both"])("end in the fixed TwiML at %s", async (path) => {
    rig.origin.on(path, silence);
    rig.origin.on("/fallback", answer({ status: 500 }));
    const response = await send(path);
    expect(response.status).toBe(200);
    expect(String(response.body)).toBe(fixed);
    expect(response.header("content-type")).toMatch(/^(text|application)\/xml/);
    expect(response.durationMs).toBeLessThan(BUDGET_MS + SLACK_MS);
  });
});

describe("the breaker", () => {
  test("opens after five timeouts in a row, lets one probe through after 5 s, and closes", async () => {
    rig.origin.on("/broken", ...Array.from({ length: FAILURES }, () => silence), answerTwiml());
    rig.origin.on("/stand-in", answerTwiml());
    for (let n = 0; n < FAILURES; n++) {
      expect((await send("/broken")).status).toBe(200);
    }
    await eventually("it is open", async () => (await breakers())["broken"] === "open");
    const openedAt = performance.now();

    const spared = await send("/broken");
    expect(spared.status).toBe(200);
    expect(rig.origin.seenAt("/broken").length).toBe(FAILURES);
    const logged = await rig.delivery(spared);
    expect(logged.outcome).toBe("fell_back");
    expect(logged.attempts.map(({ to }) => to)).toEqual(["fallback"]);

    await eventually("a probe", async () => {
      await send("/broken");
      return rig.origin.seenAt("/broken").length > FAILURES;
    });
    expect(performance.now() - openedAt).toBeGreaterThan(4_500);
    await eventually("it is closed", async () => (await breakers())["broken"] === "closed");
    const { outcome } = await rig.delivery(await send("/broken"));
    expect(outcome).toBe("answered");
  });

  test("never refuses where there is no fallback", async () => {
    rig.origin.on("/stubborn", silence);
    for (let n = 0; n < FAILURES; n++) {
      expect((await send("/stubborn")).status).toBe(502);
    }
    await eventually("it is open", async () => (await breakers())["stubborn"] === "open");
    expect((await send("/stubborn")).status).toBe(502);
    expect(rig.origin.seenAt("/stubborn").length).toBe(FAILURES + 1);
  });
});
