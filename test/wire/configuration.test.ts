import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  authToken,
  logToken,
  publicBase,
  startRig,
  type Rig,
  type RigOptions,
} from "../support/rig.ts";
import { exchange, requestBytes } from "../support/raw-http.ts";
import { formWebhook, forged, smsFields, type SentWebhook } from "../support/sign.ts";

function sms(path: string): SentWebhook {
  return formWebhook({ token: authToken, url: `${publicBase}${path}`, fields: smsFields() });
}

/** A rig for the tests of one block. */
function withRig(options: RigOptions): { rig: Rig } {
  const held: { rig?: Rig } = {};
  beforeAll(async () => {
    held.rig = await startRig(options);
  });
  afterAll(() => held.rig?.stop());
  return {
    get rig() {
      if (held.rig === undefined) throw new Error("the rig has not started");
      return held.rig;
    },
  };
}

describe("an origin whose configuration is wrong", () => {
  const at = withRig({
    origins: (base) => ({
      good: { path: "/good", url: `${base}/good` },
      bad: { path: "/bad", url: `${base}/bad#rc=9`, answer: "yes" },
    }),
  });

  test("is answered 500, and a genuine webhook of another origin still gets through", async () => {
    expect((await at.rig.deliver(sms("/bad"))).status).toBe(500);
    expect((await at.rig.deliver(sms("/good"))).status).toBe(200);
  });

  test("is told in the log with every problem by its key, and on the console", async () => {
    const { problems, status } = JSON.parse(String((await at.rig.log("/health")).body));
    expect(status).toBe("degraded");
    expect(problems.map(({ key }: { key: string }) => key).toSorted()).toEqual([
      "ORIGINS.bad.answer",
      "ORIGINS.bad.url",
    ]);
    expect(at.rig.worker.lines.join("\n")).toContain('"problem":"ORIGINS.bad.url"');
  });

  test("leaves the log to be read, by a line where there is no page as here", async () => {
    const target = "/_log";
    const request = { method: "GET", target, host: "hooks.example.net", headers: [] } as const;
    const { status, body } = await exchange(at.rig.worker.plain, requestBytes(request));
    expect(status).toBe(200);
    expect(String(body)).toMatch(/^[^\n]*\/_log\/deliveries\n$/);
  });

  test("makes the open health route say 503, and no more", async () => {
    const request = requestBytes({
      method: "GET",
      target: "/_health",
      host: "hooks.example.net",
      headers: [],
    });
    const response = await exchange(at.rig.worker.plain, request);
    expect([response.status, String(response.body)]).toEqual([503, ""]);
  });
});

describe("without any key", () => {
  const at = withRig({
    origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    vars: () => ({ TWILIO_AUTH_TOKEN: undefined }),
  });

  test("everything is answered 500 and nothing reaches an origin", async () => {
    expect((await at.rig.deliver(sms("/sms"))).status).toBe(500);
    expect((await at.rig.deliver(forged(sms("/sms")))).status).toBe(500);
    expect(at.rig.origin.seenAt("/sms")).toEqual([]);
  });
});

describe("a wrong log token", () => {
  const at = withRig({
    origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    vars: () => ({ LOG_TOKEN: "short" }),
  });

  test("closes the log and nothing else", async () => {
    expect((await at.rig.log("/deliveries")).status).toBe(403);
    expect((await at.rig.deliver(sms("/sms"))).status).toBe(200);
  });
});

describe("without a log token", () => {
  const at = withRig({
    origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    vars: () => ({ LOG_TOKEN: undefined }),
  });

  test("the log is closed, whatever token is sent (G9)", async () => {
    const { status, body } = await at.rig.log("/deliveries");
    expect(status).toBe(403);
    expect(String(body)).toContain("LOG_TOKEN");
    expect(String(body)).not.toContain(logToken);
  });
});
