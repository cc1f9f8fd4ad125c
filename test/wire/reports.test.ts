// What Twilio itself saw, over real sockets: Debugger events, its own fallback requests and usage triggers.
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, answerTwiml } from "../support/misbehaving-origin.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { accountSid, forged, formWebhook, smsFields, type Fields } from "../support/sign.ts";
import { debuggerFields, madeUpPayload } from "../support/twilio-reports.ts";

const lastWords = "<Response><Say>Please call again later.</Say></Response>";

interface Report {
  readonly id: string;
  readonly kind: string;
  readonly error_code: number | null;
  readonly webhook_error?: string | null;
  readonly about: { readonly id: string; readonly outcome: string } | null;
  readonly verdict: string;
}

interface Shown {
  readonly outcome: string;
  readonly reason: string | null;
  readonly twilio_status: string | null;
  readonly error_code: number | null;
  readonly report: Report | null;
  readonly twilio_reports: readonly Report[];
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    vars: () => ({ LEDGER_SHARDS: 3 }),
    otherwise: answerTwiml("<Response/>"),
    origins: (base) => ({
      sms: { path: "/sms", url: `${base}/sms` },
      failing: { path: "/failing", url: `${base}/failing` },
      debugger: { path: "/debugger", mode: "debugger" },
      last: { path: "/last", mode: "twilio_fallback", fallback_twiml: lastWords },
      elsewhere: {
        path: "/elsewhere",
        mode: "twilio_fallback",
        fallback: `${base}/elsewhere#tt=2000`,
        fallback_twiml: lastWords,
      },
    }),
  });
});
afterAll(() => rig.stop());

const newSid = (prefix: string): string => `${prefix}${randomBytes(16).toString("hex")}`;

function send(path: string, fields: Fields): Promise<RawResponse> {
  const url = `${publicBase}${path}`;
  const idempotencyToken = randomUUID();
  return rig.deliver(formWebhook({ token: authToken, url, fields, idempotencyToken }));
}

/** A message's webhook; `answered` once the log has it. */
async function message(path: string, sid: string, body = "Stop"): Promise<string> {
  const fields: Fields = [
    ...smsFields(body).filter(([name]) => name !== "MessageSid"),
    ["MessageSid", sid],
  ];
  return (await rig.delivery(await send(path, fields))).id;
}

/** A Debugger event on it; gives the id of the delivery that brought it. */
async function report(
  sid: string,
  { path = "/sms", body = "Stop", level = "ERROR" } = {},
): Promise<string> {
  const payload = madeUpPayload({
    url: `${publicBase}${path}`,
    resourceSid: sid,
    parameters: { MessageSid: sid, Body: body },
  });
  const fields = debuggerFields(payload, { Timestamp: new Date().toISOString(), Level: level });
  const sent = await send("/debugger", Object.entries(fields));
  expect([sent.status, sent.body.length]).toEqual([200, 0]);
  return (await rig.delivery(sent)).id;
}

async function shown(id: string): Promise<Shown> {
  const found = await rig.log(`/deliveries/${id}`);
  expect(found.status).toBe(200);
  return JSON.parse(found.body.toString());
}

async function listed(query = ""): Promise<readonly Report[]> {
  const found = await rig.log(`/reports${query}`);
  expect(found.status).toBe(200);
  return JSON.parse(found.body.toString()).reports;
}

describe('mode = "debugger"', () => {
  test("shows Twilio's view beside ours, from either side", async () => {
    const sid = newSid("SM");
    const id = await message("/sms", sid);
    const eventId = await report(sid);

    const event = await shown(eventId);
    expect(event).toMatchObject({
      outcome: "answered",
      reason: "debugger_error",
      twilio_status: "debugger_error",
      error_code: 11_200,
      report: {
        kind: "debugger",
        webhook_error: "11203 HTTP communication total time out triggered",
        about: { id, outcome: "answered" },
      },
    });
    const delivery = await shown(id);
    expect(delivery.report).toBeNull();
    expect(delivery.twilio_reports).toMatchObject([{ id: eventId, about: { id } }]);
    expect(delivery.twilio_reports[0]?.verdict).toMatch(
      /^Twilio says 11200 .*Hookswitch answered 200 in \d+ ms: the answer did not get back/,
    );
  });

  test("tells steps of one message apart, and says that the application failed", async () => {
    rig.origin.on("/failing", answer({ status: 500 }));
    const sid = newSid("SM");
    const first = await message("/failing", sid, "first");
    const second = await message("/failing", sid, "second");
    await report(sid, { path: "/failing", body: "first" });
    expect((await shown(second)).twilio_reports).toEqual([]);
    const [told, ...more] = (await shown(first)).twilio_reports;
    expect(more).toEqual([]);
    expect(told?.verdict).toContain("Hookswitch answered 502");
    expect(told?.verdict).toContain("the application, not the network");
  });

  test("lists what it has, newest first, and what no delivery is known for", async () => {
    const known = newSid("SM");
    await message("/sms", known);
    const matched = await report(known);
    const unmatched = await report(newSid("SM"), { level: "Warning" });
    const all = await listed("?since=1h");
    expect(all.slice(0, 2).map(({ id }) => id)).toEqual([unmatched, matched]);
    const alone = await listed("?unmatched=1");
    expect(alone.map(({ id }) => id)).toContain(unmatched);
    expect(alone.map(({ id }) => id)).not.toContain(matched);
    expect(alone[0]?.verdict).toContain("it never got here");
    const [only] = await listed("?limit=1");
    expect(only?.id).toBe(unmatched);
    expect((await rig.log("/reports?origin=x")).status).toBe(400);
    expect((await rig.log("/reports?unmatched=0")).status).toBe(400);
  });

  test("masks what an event repeats of a message, and keeps no digits of it", async () => {
    const sid = newSid("SM");
    const payload = madeUpPayload({
      resourceSid: sid,
      parameters: { From: "+15005550006", Body: "my secret text", Digits: "98765" },
    });
    const sent = await send("/debugger", Object.entries(debuggerFields(payload)));
    const { id } = await rig.delivery(sent);
    const text = (await rig.log(`/deliveries/${id}`)).body.toString();
    expect(text).toContain("resource_sid");
    for (const hidden of ["5005550006", "my secret text", "98765"])
      expect(text).not.toContain(hidden);
  });

  test("is found by the sid that it speaks of, and by Twilio's code", async () => {
    const sid = newSid("CA");
    const eventId = await report(sid);
    for (const query of [
      `sid=${sid}`,
      `sid=${sid}&error_code=11200&twilio_status=debugger_error`,
    ]) {
      const { deliveries } = JSON.parse((await rig.log(`/deliveries?${query}`)).body.toString());
      expect(deliveries.map(({ id }: { id: string }) => id)).toEqual([eventId]);
    }
  });

  test("refuses what is forged, and says that a webhook of another kind is at the wrong place", async () => {
    const fields = Object.entries(debuggerFields(madeUpPayload()));
    const url = `${publicBase}/debugger`;
    const bad = await rig.deliver(forged(formWebhook({ token: authToken, url, fields })));
    expect(bad.status).toBe(403);
    const wrong = await send("/debugger", smsFields());
    expect(wrong.status).toBe(400);
    expect(await shown((await rig.delivery(wrong)).id)).toMatchObject({
      outcome: "failed",
      reason: "not_a_report",
    });
  });
});

describe('mode = "twilio_fallback"', () => {
  const fallbackFields = (sid: string): Fields => [
    ["CallSid", sid],
    ["AccountSid", accountSid],
    ["CallStatus", "ringing"],
    ["ErrorCode", "11200"],
    ["ErrorUrl", `${publicBase}/failing`],
  ];

  test("answers with its TwiML and joins the webhook that failed", async () => {
    rig.origin.on("/failing", answer({ status: 500 }));
    const sid = newSid("CA");
    const failed = await rig.delivery(
      await send("/failing", [
        ["CallSid", sid],
        ["AccountSid", accountSid],
      ]),
    );
    const last = await send("/last", fallbackFields(sid));
    expect([last.status, last.body.toString()]).toEqual([200, lastWords]);
    const { id } = await rig.delivery(last);
    expect(await shown(id)).toMatchObject({
      outcome: "answered",
      reason: "twilio_fallback",
      report: { kind: "twilio_fallback", error_code: 11_200, about: { id: failed.id } },
    });
    expect((await shown(failed.id)).twilio_reports).toMatchObject([
      { id, kind: "twilio_fallback" },
    ]);
  });

  test("is itself what a Debugger event may speak of", async () => {
    const sid = newSid("CA");
    const { id } = await rig.delivery(await send("/last", fallbackFields(sid)));
    const payload = madeUpPayload({ url: `${publicBase}/last`, resourceSid: sid, parameters: {} });
    const fields = debuggerFields(payload, { Timestamp: new Date().toISOString() });
    const event = await rig.delivery(await send("/debugger", Object.entries(fields)));
    expect((await shown(event.id)).report).toMatchObject({ about: { id } });
    expect(await shown(id)).toMatchObject({
      report: { kind: "twilio_fallback" },
      twilio_reports: [{ id: event.id }],
    });
  });

  test("asks its URL, as Twilio would, and answers with the TwiML where that fails", async () => {
    const sid = newSid("CA");
    const before = rig.origin.seen.length;
    const asked = await send("/elsewhere", fallbackFields(sid));
    expect([asked.status, asked.body.toString()]).toEqual([200, "<Response/>"]);
    expect(rig.origin.seen.slice(before).map(({ path }) => path)).toEqual(["/elsewhere"]);
    expect(rig.origin.seen.at(-1)?.body.toString()).toContain("ErrorCode=11200");

    rig.origin.on("/elsewhere", answer({ status: 503 }));
    const failing = await send("/elsewhere", fallbackFields(newSid("CA")));
    expect([failing.status, failing.body.toString()]).toEqual([200, lastWords]);
    expect(await shown((await rig.delivery(failing)).id)).toMatchObject({
      outcome: "fell_back",
      report: { kind: "twilio_fallback" },
    });
  });
});

describe("a usage trigger", () => {
  const fields: Fields = [
    ["AccountSid", accountSid],
    ["UsageTriggerSid", newSid("UT")],
    ["UsageCategory", "totalprice"],
    ["TriggerBy", "price"],
    ["TriggerValue", "100"],
    ["CurrentValue", "100.37"],
  ];

  test("is known at the Debugger's URL, and at the application's, which gets it too", async () => {
    for (const path of ["/debugger", "/sms"]) {
      const before = rig.origin.seen.length;
      const sent = await send(path, fields);
      expect(sent.status).toBe(200);
      expect(rig.origin.seen.length - before).toBe(path === "/sms" ? 1 : 0);
      expect(await shown((await rig.delivery(sent)).id)).toMatchObject({
        twilio_status: "usage_trigger",
        report: {
          kind: "usage_trigger",
          about: null,
          verdict: "A usage trigger fired: totalprice is at 100.37, its threshold 100.",
        },
      });
    }
  });
});
