import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { flood } from "../support/flood.ts";
import { after, answerTwiml } from "../support/misbehaving-origin.ts";
import { cutUrl, requestBytes } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, smsFields } from "../support/sign.ts";

/** More than an isolate remembers the answers of, so that the ledger answers their duplicates. */
const WEBHOOKS = 1_500;
const ROUNDS = 4;

// What V8's optimising compiler makes of the Worker is held to the same as what its interpreter does: a promise that
// one request resolved for another went on in the wrong one, and every second answer was a 500.
describe("a Worker that V8 has optimised", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      origins: (base) => ({
        sms: { path: "/sms", url: `${base}/sms`, dedupe: { store: "ledger" } },
        slow: { path: "/slow", url: `${base}/slow`, dedupe: { store: "ledger" } },
        status: { path: "/status", url: `${base}/status`, mode: "queue" },
      }),
      otherwise: answerTwiml("<Response/>"),
      v8Flags: ["--invocation-count-for-turbofan=50"],
    });
  });
  afterAll(() => rig.stop());

  test("answers webhooks and their duplicates as they should be, however many come at once", async () => {
    const requests = Array.from({ length: WEBHOOKS }, () => bytes("/sms"));
    const statuses = await flood(rig.worker.plain, requests, WEBHOOKS * ROUNDS);
    expect(Object.fromEntries(statuses)).toEqual({ 200: WEBHOOKS * ROUNDS });
    expect(rig.origin.seenAt("/sms").length).toBe(WEBHOOKS);
  });

  test("has duplicates wait for the first one's answer", async () => {
    rig.origin.on("/slow", after(20, answerTwiml("<Response/>")));
    const requests = Array.from({ length: WEBHOOKS / 5 }, () => bytes("/slow"));
    // Next to each other, on connections of their own.
    const twice = requests.flatMap((request) => [request, request]);
    const statuses = await flood(rig.worker.plain, twice, twice.length, { pipelined: 1 });
    expect(Object.fromEntries(statuses)).toEqual({ 200: twice.length });
    expect(rig.origin.seenAt("/slow").length).toBe(requests.length);
  });

  test("keeps what is queued, and acknowledges its duplicates", async () => {
    const requests = Array.from({ length: WEBHOOKS }, () => bytes("/status"));
    const statuses = await flood(rig.worker.plain, requests, WEBHOOKS * 2);
    expect(Object.fromEntries(statuses)).toEqual({ 200: WEBHOOKS * 2 });
    await eventually("all are delivered", async () =>
      rig.origin.seenAt("/status").length === WEBHOOKS ? true : undefined,
    );
  });
});

function bytes(path: string): Buffer {
  const url = `${publicBase}${path}`;
  const idempotencyToken = randomUUID();
  const sent = formWebhook({ token: authToken, url, fields: smsFields(), idempotencyToken });
  return requestBytes({
    ...sent,
    ...cutUrl(sent.url),
    headers: [...sent.headers, ["Connection", "keep-alive"]],
  });
}
