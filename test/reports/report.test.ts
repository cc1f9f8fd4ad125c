import { describe, expect, test } from "vitest";
import { reportOf, sentParameters, wordOf } from "../../src/reports/report.ts";
import { debuggerFields, madeUpPayload, messageSid } from "../support/twilio-reports.ts";
import { receivedWebhook } from "../support/webhooks.ts";

const form = (fields: Readonly<Record<string, string>>) =>
  receivedWebhook({
    headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" },
    body: new URLSearchParams(fields).toString(),
  });
const debuggerEvent = (payload: unknown, level = "ERROR") =>
  reportOf(form(debuggerFields(payload, { Level: level })), "debugger");

describe("reportOf() a Debugger event", () => {
  test("knows an answer that Twilio's proxy made up, as captured", () => {
    expect(debuggerEvent(madeUpPayload())).toEqual({
      kind: "debugger",
      level: "error",
      code: 11_200,
      atMs: Date.parse("2026-11-24T18:44:24.368Z"),
      resourceSid: messageSid,
      url: "https://hooks.example.net/sms",
      status: 502,
      noAnswer: { error: "11203 HTTP communication total time out triggered", attempts: 1 },
    });
  });

  test("tells it from a 502 that the URL itself answered", () => {
    const payload = madeUpPayload({
      response: { status_code: 502, headers: { server: "nginx" }, body: "Bad Gateway" },
    });
    expect(debuggerEvent(payload)).toMatchObject({ status: 502, noAnswer: undefined });
  });

  test("knows one by its body alone", () => {
    const body = "Twilio was unable to fetch content from: http://hooks.example.net/sms";
    expect(debuggerEvent(madeUpPayload({ response: { body } }))).toMatchObject({
      noAnswer: { error: undefined, attempts: undefined },
    });
  });

  test.each([
    ["Warning", "debugger_warning"],
    ["WARNING", "debugger_warning"],
    ["Error", "debugger_error"],
    ["error", "debugger_error"],
    ["INFO", "debugger_warning"],
    ["Fatal", "debugger_error"],
  ])("counts the level %s as %s", (level, word) => {
    const report = debuggerEvent(madeUpPayload(), level);
    expect(report && wordOf(report)).toBe(word);
  });

  test("takes what there is, whatever is missing or of another kind", () => {
    const empty = { code: undefined, url: undefined, resourceSid: undefined, noAnswer: undefined };
    for (const payload of [{}, [], 5, null, "text", { webhook: 1, more_info: [] }]) {
      expect(debuggerEvent(payload)).toMatchObject({ kind: "debugger", level: "error", ...empty });
    }
    expect(debuggerEvent({ error_code: 12_100 })).toMatchObject({ code: 12_100 });
    expect(debuggerEvent({ more_info: { ErrorCode: "12300" } })).toMatchObject({ code: 12_300 });
    expect(debuggerEvent({ resource_sid: "not a sid" })).toMatchObject(empty);
  });

  test("keeps no query, no userinfo and no fragment of the URL", () => {
    const url = "https://user:pass@hooks.example.net:8443/sms?From=%2B15005550006#rc=2";
    expect(debuggerEvent({ more_info: { url } })).toMatchObject({
      url: "https://hooks.example.net:8443/sms",
    });
  });

  test("bounds what it keeps", () => {
    const long = "x".repeat(1_000_000);
    const headers = { "X-Twilio-WebhookError": long };
    const report = debuggerEvent({
      more_info: { url: `https://hooks.example.net/${long}` },
      webhook: { response: { headers } },
    });
    expect(JSON.stringify(report).length).toBeLessThan(2_000);
  });

  test("is none without level and payload", () => {
    expect(reportOf(form({ CallSid: `CA${"0".repeat(32)}` }), "debugger")).toBeUndefined();
    expect(reportOf(form(debuggerFields(madeUpPayload())), "webhooks")).toBeUndefined();
  });

  test("says which parameters were sent", () => {
    expect(sentParameters(JSON.stringify(madeUpPayload()))).toEqual([
      ["MessageSid", messageSid],
      ["Body", "Stop"],
      ["From", "+15005550006"],
    ]);
    expect(sentParameters("no JSON")).toEqual([]);
  });
});

describe("reportOf() a fallback request of Twilio's", () => {
  test("knows the error, the URL that failed and the call", () => {
    const callSid = `CA${"1".repeat(32)}`;
    const fields = {
      CallSid: callSid,
      ErrorCode: "11200",
      ErrorUrl: "https://h.example.net/v?x=1",
    };
    const expected = {
      kind: "twilio_fallback",
      code: 11_200,
      url: "https://h.example.net/v",
      resourceSid: callSid,
    };
    expect(reportOf(form(fields), "twilio_fallback")).toEqual(expected);
    const query = new URLSearchParams(fields).toString();
    const get = receivedWebhook({ method: "GET", url: `https://h.example.net/last?${query}` });
    expect(reportOf(get, "twilio_fallback")).toEqual(expected);
  });

  test("is one without them too: a caller waits", () => {
    expect(reportOf(form({}), "twilio_fallback")).toMatchObject({ kind: "twilio_fallback" });
  });
});

describe("reportOf() a usage trigger", () => {
  const fields = {
    UsageTriggerSid: `UT${"2".repeat(32)}`,
    UsageCategory: "totalprice",
    TriggerBy: "price",
    TriggerValue: "100",
    CurrentValue: "100.37",
  };

  test.each(["webhooks", "debugger", "twilio_fallback"] as const)("at any origin: %s", (takes) => {
    expect(reportOf(form(fields), takes)).toEqual({
      kind: "usage_trigger",
      triggerSid: fields.UsageTriggerSid,
      category: "totalprice",
      by: "price",
      threshold: "100",
      current: "100.37",
    });
  });

  test("not by a name alone", () => {
    expect(reportOf(form({ ...fields, UsageTriggerSid: "UT1" }), "webhooks")).toBeUndefined();
  });
});
