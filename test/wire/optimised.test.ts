import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flood } from "../support/flood.ts";
import { answerTwiml } from "../support/misbehaving-origin.ts";
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
      }),
      otherwise: answerTwiml("<Response/>\n"),
      v8Flags: ["--invocation-count-for-turbofan=50"],
    });
  });
  afterAll(() => rig.stop());

  test("answers webhooks and their duplicates as they should be, however many come at once", async () => {
    const requests = Array.from({ length: WEBHOOKS }, () => bytes("/sms"));
    const statuses = await flood(rig.worker.plain, requests, WEBHOOKS * ROUNDS);
    expect(Object.fromEntries(statuses)).toEqual({ 200: WEBHOOKS * ROUNDS });
    expect(rig.origin.seen.length).toBe(WEBHOOKS);
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
