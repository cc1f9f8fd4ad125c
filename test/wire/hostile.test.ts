import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { exchange, requestBytes } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, smsFields } from "../support/sign.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    origins: (base) => ({
      sms: { path: "/sms", url: `${base}/sms` },
      quiet: { path: "/quiet", url: `${base}/quiet`, log: { keep: "none" } },
    }),
    vars: () => ({ LEDGER_SHARDS: 2 }),
  });
});
afterAll(() => rig.stop());

function sms(path = "/sms", fields = smsFields()) {
  return formWebhook({ token: authToken, url: `${publicBase}${path}`, fields });
}

describe("a stranger", () => {
  test("cannot make the isolate think long: a chain of URLs in URLs costs no more than another body", async () => {
    const chain = `${"http://a?u=".repeat(90_000)}Digits=1`;
    const hostile = forged(sms("/sms", [["x", chain]]));
    await rig.deliver(hostile);
    const plain = forged(sms("/sms", [["x", "y".repeat(chain.length)]]));
    const took = async (webhook: typeof hostile): Promise<number> =>
      (await rig.deliver(webhook)).durationMs;
    const [slowest, other] = [await took(hostile), await took(plain)];
    // Before it was bounded this took some 20 s; the other one takes milliseconds.
    expect(slowest).toBeLessThan(other + 500);
  });

  test.each(["[::1", "a%zz", "exa^mple", "a:99999"])(
    "with the Host %s is answered 4xx, and no bug is told",
    async (host) => {
      const response = await exchange(
        rig.worker.plain,
        requestBytes({ method: "GET", target: "/sms", host, headers: [] }),
      );
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(rig.worker.lines.filter((line) => line.includes('"bug"'))).toEqual([]);
    },
  );

  test("is counted and not listed where log.keep is none", async () => {
    await rig.deliver(forged(sms("/quiet")));
    await eventually("it is counted", async () => {
      const health = JSON.parse(String((await rig.log("/health")).body));
      return health.ledger.some(({ today }: { today: { origin: string; outcome: string }[] }) =>
        today.some(({ origin, outcome }) => origin === "quiet" && outcome === "refused"),
      );
    });
    const { deliveries } = JSON.parse(String((await rig.log("/deliveries?origin=quiet")).body));
    expect(deliveries).toEqual([]);
  });

  test("who asks for health a hundred times at once makes one look", async () => {
    const request = requestBytes({
      method: "GET",
      target: "/_health",
      host: "hooks.example.net",
      headers: [],
    });
    const calls = async (): Promise<number> => {
      const { ledger } = JSON.parse(String((await rig.log("/health")).body));
      return ledger.reduce(
        (sum: number, { since_start }: { since_start: { calls: number } }) =>
          sum + since_start.calls,
        0,
      );
    };
    const before = await calls();
    await Promise.all(Array.from({ length: 100 }, () => exchange(rig.worker.plain, request)));
    expect((await calls()) - before).toBeLessThanOrEqual(2 * 2 + 2);
  });
});

test("HEAD is answered by the open health route: monitors ask so", async () => {
  const request = requestBytes({
    method: "HEAD",
    target: "/_health",
    host: "hooks.example.net",
    headers: [],
  });
  expect((await exchange(rig.worker.plain, request)).status).toBe(200);
});
