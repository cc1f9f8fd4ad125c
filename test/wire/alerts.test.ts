// Alerts over real sockets: the built Worker, its cron trigger pulled by hand, and receivers that answer as they like.
import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { after, answer, reset, silence } from "../support/misbehaving-origin.ts";
import type { SeenRequest } from "../support/origin-server.ts";
import { exchange, requestBytes } from "../support/raw-http.ts";
import { adminToken, authToken, logToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, smsFields, type Fields } from "../support/sign.ts";
import { debuggerFields, madeUpPayload } from "../support/twilio-reports.ts";

const MINUTE = 60_000;
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const routingKey = "fedcba9876543210fedcba9876543210";
const ok = answer({ body: "ok" });

let rig: Rig;
/** Of the Worker, before the machine's. */
let aheadMs = 0;
/** Asked by the tests, of one life of the Worker's. */
let healthCalls = 0;

async function start(alerts: Readonly<Record<string, unknown>> = {}, shards = 1): Promise<void> {
  aheadMs = 0;
  healthCalls = 0;
  rig = await startRig({
    ledger: "cron",
    hasKv: false,
    origins: (base) => ({
      sms: { path: "/sms", url: `${base}/sms`, dedupe: false },
      slow: { path: "/slow", url: `${base}/slow#rc=0&rt=100`, fallback_twiml: "<Response/>" },
      queued: { path: "/queued", url: `${base}/queued`, mode: "queue" },
      debugger: { path: "/debugger", mode: "debugger" },
      last: { path: "/last", mode: "twilio_fallback", fallback_twiml: "<Response/>" },
    }),
    vars: (base) => ({
      LOG_ADMIN_TOKEN: adminToken,
      LEDGER_SHARDS: shards,
      ALERTS: {
        slack: "$SLACK_URL",
        webhook: { url: "$ALERT_URL", secret: "$ALERT_SECRET" },
        pagerduty: { key: "$PAGERDUTY_KEY", url: `${base}/pagerduty` },
        ledger: false, // the clock jumps here, and that looks like an outage
        ...alerts,
      },
      SLACK_URL: `${base}/slack/the-secret-path`,
      ALERT_URL: `${base}/webhook`,
      ALERT_SECRET: signingSecret,
      PAGERDUTY_KEY: routingKey,
    }),
  });
  for (const path of ["/slack/the-secret-path", "/webhook", "/pagerduty"]) rig.origin.on(path, ok);
}

beforeEach(() => start());
afterEach(() => rig.stop());

/** A run, so many ms after the last one; resolves when it is over. */
async function cron(laterMs = 0, away = false): Promise<void> {
  aheadMs += laterMs;
  const target = `/_cron?ahead_ms=${aheadMs}${away ? "&away=1" : ""}`;
  const done = await exchange(
    rig.worker.plain,
    requestBytes({ method: "GET", target, host: "cron.example", headers: [] }),
  );
  expect(done.status).toBe(200);
}

/** So many webhooks, and that the ledger has counted them. */
async function send(count: number, isForged = false): Promise<void> {
  const before = await counted();
  for (let n = 0; n < count; n++) {
    const webhook = formWebhook({
      token: authToken,
      url: `${publicBase}/sms`,
      fields: smsFields(),
      idempotencyToken: randomUUID(),
    });
    await rig.deliver(isForged ? forged(webhook) : webhook);
  }
  await eventually("they are counted", async () => (await counted()) === before + count);
}

/** Calls of the ledger, this one aside, and rows that it has written. */
async function cost(): Promise<{ readonly calls: number; readonly rows: number }> {
  const health = await rig.log("/health");
  const {
    ledger,
  }: { ledger: readonly { since_start: { calls: number; rows_written: number } }[] } = JSON.parse(
    health.body.toString(),
  );
  const [own] = ledger;
  healthCalls++;
  return {
    calls: (own?.since_start.calls ?? 0) - healthCalls,
    rows: own?.since_start.rows_written ?? 0,
  };
}

async function counted(): Promise<number> {
  const health = await rig.log("/health");
  healthCalls++;
  const { ledger }: { ledger: readonly { today: readonly { count: number }[] }[] } = JSON.parse(
    health.body.toString(),
  );
  return ledger.flatMap(({ today }) => today).reduce((sum, { count }) => sum + count, 0);
}

const slack = (): readonly string[] =>
  rig.origin.seenAt("/slack/the-secret-path").map(({ body }) => JSON.parse(body.toString()).text);
const json = (path: string): readonly Record<string, unknown>[] =>
  rig.origin.seenAt(path).map(({ body }) => JSON.parse(body.toString()));

/** As whoever takes it verifies it: by the specification, not by our code. */
function isSigned(request: SeenRequest | undefined): boolean {
  const header = (name: string): string => request?.header(name) ?? "";
  const key = Buffer.from(signingSecret.slice("whsec_".length), "base64");
  const signed = `${header("webhook-id")}.${header("webhook-timestamp")}.${request?.body.toString()}`;
  const expected = createHmac("sha256", key).update(signed).digest("base64");
  return header("webhook-signature").split(" ").includes(`v1,${expected}`);
}

describe("what Twilio itself saw", () => {
  const tell = async (path: string, fields: Fields): Promise<void> => {
    const before = await counted();
    const url = `${publicBase}${path}`;
    expect((await rig.deliver(formWebhook({ token: authToken, url, fields }))).status).toBe(200);
    await eventually("it is counted", async () => (await counted()) === before + 1);
  };
  const event = (Level: string): Fields =>
    Object.entries(debuggerFields(madeUpPayload(), { Level }));

  test("is told: an error of the Debugger's, its own fallback, a usage trigger at any origin", async () => {
    await cron();
    await tell("/debugger", event("Warning"));
    await cron();
    expect(slack()).toEqual([]); // a warning is none

    await tell("/debugger", event("Error"));
    await tell("/debugger", event("ERROR"));
    await tell("/last", [["ErrorCode", "11200"]]);
    await tell("/sms", [["UsageTriggerSid", `UT${"2".repeat(32)}`]]);
    await tell("/queued", [["UsageTriggerSid", `UT${"3".repeat(32)}`]]);
    await cron(MINUTE);
    const alerts = json("/webhook").flatMap(({ data }) => Object(data).alerts);
    const told = alerts.map(({ rule, subject, text }) => `${rule} ${subject}: ${text}`);
    expect(told.toSorted()).toEqual([
      "debugger debugger: Twilio's Debugger reported 2 errors",
      "twilio_fallback last: Twilio called its own fallback once",
      "usage_trigger queued: 1 usage trigger of Twilio's fired",
      "usage_trigger sms: 1 usage trigger of Twilio's fired",
    ]);
  });

  test("is told once of a usage trigger that Twilio sends again", async () => {
    await cron();
    rig.origin.on("/slow", answer({ body: "" }));
    const url = `${publicBase}/slow`;
    const fields: Fields = [["UsageTriggerSid", `UT${"4".repeat(32)}`]];
    const again = { token: authToken, url, fields, idempotencyToken: randomUUID() };
    const before = await counted();
    for (let n = 0; n < 2; n++) await rig.deliver(formWebhook(again));
    await eventually("both are counted", async () => (await counted()) === before + 2);
    await cron(MINUTE);
    expect(slack()).toEqual([expect.stringContaining("usage_trigger slow: 1 usage trigger")]);
  });

  test("is no refusal of everything where strangers come by", async () => {
    await cron();
    for (let n = 0; n < 21; n++) await tell("/debugger", event("Warning"));
    const fields: Fields = Object.entries(debuggerFields(madeUpPayload()));
    const url = `${publicBase}/debugger`;
    const before = await counted();
    for (let n = 0; n < 5; n++)
      await rig.deliver(forged(formWebhook({ token: authToken, url, fields })));
    await eventually("they are counted", async () => (await counted()) === before + 5);
    await cron(MINUTE);
    expect(slack()).toEqual([]); // 5 of 26: below 20 %
  });

  test("does not end a silence: Twilio's Debugger speaks also while no webhook gets through", async () => {
    await rig.stop();
    await start({ silence: { minutes: 5 }, debugger: false });
    await cron();
    await tell("/debugger", event("Error"));
    await cron(6 * MINUTE);
    expect(slack()).toEqual([expect.stringContaining("FIRING silence")]);
  });
});

describe("an origin that fails", () => {
  beforeEach(async () => {
    rig.origin.on("/sms", answer({ status: 500 }));
    await cron();
    await send(3);
  });

  test("is told to each destination once, in its own form, and told to be well again", async () => {
    await cron();
    await cron(MINUTE);
    expect(slack()).toEqual([
      expect.stringMatching(
        /^🔴 hookswitch: FIRING failing sms: of 3 webhooks in 5 minutes, 3 got no usable answer \(critical\) – runbook: docs\/runbook\.md#failing$/,
      ),
    ]);
    expect(json("/webhook")).toMatchObject([
      { type: "hookswitch.alert", data: { alerts: [{ status: "firing", rule: "failing" }] } },
    ]);
    expect(isSigned(rig.origin.seenAt("/webhook")[0])).toBe(true);
    expect(json("/pagerduty")).toMatchObject([
      {
        routing_key: routingKey,
        event_action: "trigger",
        dedup_key: "hookswitch/hookswitch/failing/sms",
      },
    ]);

    rig.origin.on("/sms", answer({ headers: [["Content-Type", "text/xml"]], body: "<Response/>" }));
    await cron(9 * MINUTE);
    await send(1);
    await cron();
    expect(slack().slice(1)).toEqual([expect.stringContaining("RECOVERED failing sms")]);
    expect(json("/pagerduty").slice(1)).toMatchObject([
      { event_action: "resolve", dedup_key: "hookswitch/hookswitch/failing/sms" },
    ]);
  });

  test("is not told again after the Worker was killed", async () => {
    await cron();
    await rig.worker.kill();
    await rig.worker.start();
    await send(3);
    await cron();
    await cron(MINUTE);
    expect(slack()).toHaveLength(1);
  });

  test("is told once by two runs at once", async () => {
    for (const path of ["/slack/the-secret-path", "/webhook", "/pagerduty"])
      rig.origin.on(path, after(200, ok));
    await Promise.all([cron(), cron(), cron()]);
    expect(slack()).toHaveLength(1);
    expect(json("/webhook")).toHaveLength(1);
    expect(json("/pagerduty")).toHaveLength(1);
  });

  test("is told later where a destination was away, the same message, to that one alone", async () => {
    rig.origin.on("/webhook", answer({ status: 503 }), reset, ok);
    await cron();
    await cron(20_000); // too early
    expect(rig.origin.seenAt("/webhook")).toHaveLength(1);
    await cron(11_000);
    await rig.worker.kill();
    await rig.worker.start();
    await cron(MINUTE);
    await cron(10 * MINUTE);
    const seen = rig.origin.seenAt("/webhook");
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map((request) => request.header("webhook-id"))).size).toBe(1);
    expect(new Set(seen.map(({ body }) => body.toString())).size).toBe(1);
    expect(new Set(seen.map((request) => request.header("webhook-timestamp"))).size).toBe(3);
    expect(seen.every(isSigned)).toBe(true);
    expect(slack()).toHaveLength(1);
    expect(rig.worker.logLines()).toContainEqual({
      unsent: { alert: expect.any(String), to: "webhook", status: 503, detail: "" },
    });
  });

  test("says nothing that is secret or personal", async () => {
    await cron();
    const told = [
      ...rig.worker.lines,
      ...rig.origin.seenAt("/slack/the-secret-path").map(({ body }) => body.toString()),
      ...rig.origin.seenAt("/webhook").map(({ body }) => body.toString()),
    ].join("\n");
    for (const secret of [signingSecret, routingKey, "the-secret-path", authToken, logToken])
      expect(told).not.toContain(secret);
    expect(told).not.toMatch(/Bestellung|\+\d{8}/);
  });
});

test("a minute costs a request and a row written, and one more of each where something is sent", async () => {
  await cron(); // the first one makes the table
  const before = await cost();
  await cron(MINUTE);
  expect(await cost()).toEqual({ calls: before.calls + 1, rows: before.rows + 1 });
  rig.origin.on("/sms", answer({ status: 500 }));
  await send(3);
  const later = await cost();
  await cron();
  expect((await cost()).calls).toEqual(later.calls + 2);
});

describe("the release before", () => {
  test.each(["76a4b78", "e89d763"])(
    "%s opens what alerts remember, and leaves it",
    async (release) => {
      rig.origin.on("/sms", answer({ status: 500 }));
      await cron();
      await send(3);
      await cron();
      await rig.worker.kill();
      const bundle = join(import.meta.dirname, `../ledger-files/${release}/index.js`);
      await rig.worker.start({ ALERTS: undefined, LOG_ADMIN_TOKEN: undefined }, bundle);
      await send(1);
      await rig.worker.kill();
      await rig.worker.start({ LOG_ADMIN_TOKEN: adminToken });
      await send(3);
      await cron();
      expect(slack()).toHaveLength(1);
    },
  );
});

test("refusals are told with what most probably lies behind them", async () => {
  await cron();
  await send(5, true);
  await cron();
  expect(slack()).toEqual([
    expect.stringMatching(
      /FIRING refusals sms: 5 of 5 requests .* most for signature_mismatch – all of them: an auth token that was rotated/,
    ),
  ]);
});

describe("what the ledger counts and holds", () => {
  beforeEach(async () => {
    await rig.stop();
    await start({ failing: false, budget: { used: 5, percent: 10, at_least: 1 } });
    await cron();
  });

  /** Webhooks to an origin, all answered. */
  async function sendTo(name: string, count: number): Promise<void> {
    const webhook = (): Parameters<Rig["deliver"]>[0] =>
      formWebhook({
        token: authToken,
        url: `${publicBase}/${name}`,
        fields: smsFields(),
        idempotencyToken: randomUUID(),
      });
    for (let n = 0; n < count; n++) await rig.deliver(webhook());
  }

  /** Runs until it is told, since the ledger takes note after the answer. */
  const told = (text: string): Promise<unknown> =>
    eventually(`${text} is told`, async () => {
      await cron();
      return slack().some((each) => each.includes(text));
    });

  test("tells a delivery that is dead", async () => {
    rig.origin.on("/queued", answer({ status: 410 }));
    await sendTo("queued", 1);
    await told("FIRING dead queued: 1 delivery given up on");
  });

  test("tells a backlog when it is old enough", async () => {
    rig.origin.on("/queued", answer({ status: 503 }));
    await sendTo("queued", 1);
    await cron(14 * MINUTE);
    expect(slack()).toEqual([]);
    await cron(2 * MINUTE);
    await told("FIRING backlog queued: 1 queued, the oldest for 16 minutes");
  });

  test("tells a breaker that opens, and that it is closed", async () => {
    rig.origin.on("/slow", silence);
    await sendTo("slow", 5);
    await told("FIRING breaker slow");
    rig.origin.on(
      "/slow",
      answer({ headers: [["Content-Type", "text/xml"]], body: "<Response/>" }),
    );
    await cron(MINUTE); // past what it stays open for
    await sendTo("slow", 1);
    await told("RECOVERED breaker slow");
  });

  test("tells answers that took nearly all of the budget", async () => {
    rig.origin.on(
      "/sms",
      after(1_000, answer({ headers: [["Content-Type", "text/xml"]], body: "<Response/>" })),
    );
    await sendTo("sms", 1);
    await told(
      "FIRING budget sms: 1 of 1 answer in 5 minutes took over 700 ms, 5 % of the budget of 14000 ms",
    );
  });

  test("tells Twilio's webhooks that no origin takes", async () => {
    await sendTo("nowhere", 5);
    await told("FIRING refusals no route: 5 of 5 webhooks of Twilio's");
  });

  test("tells what is wrong with the configuration", async () => {
    await rig.worker.kill();
    await rig.worker.start({ LOG_DAYS: 1 });
    await cron();
    expect(slack()).toEqual([
      expect.stringContaining("FIRING configuration: wrong in the configuration: LOG_DAYS"),
    ]);
  });
});

test("silence is told by the clock, and that Twilio is heard again", async () => {
  await rig.stop();
  await start({ silence: { minutes: 30 } });
  await cron();
  await cron(29 * MINUTE);
  expect(slack()).toEqual([]);
  await cron(MINUTE);
  expect(slack()).toEqual([
    expect.stringContaining("FIRING silence: no webhook of Twilio's for 30 minutes"),
  ]);
  await send(1);
  await cron(MINUTE);
  expect(slack().slice(1)).toEqual([expect.stringContaining("RECOVERED silence")]);
});

test("all shards are asked, and added up", async () => {
  await rig.stop();
  await start({ failing: { percent: 10, at_least: 12 } }, 3);
  rig.origin.on("/sms", answer({ status: 500 }));
  await cron();
  await send(12);
  await cron();
  expect(slack()).toEqual([
    expect.stringContaining("of 12 webhooks in 5 minutes, 12 got no usable"),
  ]);
});

test("a ledger that is away is told straight from the Worker, once, and that it is back", async () => {
  await rig.stop();
  await start({ ledger: true });
  await cron();
  await cron(MINUTE, true);
  await cron(MINUTE, true);
  expect(slack()).toEqual([expect.stringContaining("FIRING ledger: the ledger does not answer")]);
  await cron(2 * MINUTE);
  expect(slack().slice(1)).toEqual([
    expect.stringContaining("RECOVERED ledger: alerts are worked out again"),
  ]);
  expect(json("/pagerduty")).toMatchObject([
    { event_action: "trigger", dedup_key: "hookswitch/hookswitch/ledger" },
    { event_action: "resolve", dedup_key: "hookswitch/hookswitch/ledger" },
  ]);
});

describe("POST /_log/alerts/test", () => {
  test("tells what each destination answered, and asks the administrator's token", async () => {
    rig.origin.on("/webhook", answer({ status: 404, body: "no such hook" }));
    rig.origin.on(
      "/pagerduty",
      answer({ status: 202, body: `{"status":"success","key":"${routingKey}"}` }),
    );
    const tested = await rig.post("/alerts/test");
    expect(tested.status).toBe(200);
    expect(JSON.parse(tested.body.toString())).toEqual({
      destinations: [
        { destination: "slack", sent: true, status: 200, detail: "ok" },
        { destination: "webhook", sent: false, status: 404, detail: "no such hook" },
        {
          destination: "pagerduty",
          sent: true,
          status: 202,
          detail: '{"status":"success","key":"…"}',
        },
      ],
      problems: [],
    });
    expect(json("/pagerduty").map((event) => event["event_action"])).toEqual([
      "trigger",
      "resolve",
    ]);
    const asReader = await exchange(
      rig.worker.plain,
      requestBytes({
        method: "POST",
        target: "/_log/alerts/test",
        host: "hooks.example.net",
        headers: [["Authorization", `Bearer ${logToken}`]],
        body: Buffer.from(""),
      }),
    );
    expect(asReader.status).toBe(403);
  });

  test("says so where nobody is told, and why", async () => {
    await rig.worker.kill();
    await rig.worker.start({ ALERTS: undefined });
    const unset = await rig.post("/alerts/test");
    expect([unset.status, unset.body.toString()]).toEqual([
      409,
      expect.stringContaining("ALERTS is not set"),
    ]);
    await rig.worker.kill();
    await rig.worker.start({ ALERTS: { slack: "$NOT_THERE" } });
    const wrong = await rig.post("/alerts/test");
    expect([wrong.status, wrong.body.toString()]).toEqual([
      409,
      expect.stringContaining("ALERTS.slack: expected the secret NOT_THERE, found none"),
    ]);
  });
});
