import { describe, expect, test } from "vitest";
import { describe as describeOutcome } from "../../src/log/describe.ts";
import { deliveryRecord, isKept, partiesOf } from "../../src/log/record.ts";
import type { Outcome } from "../../src/outcome.ts";
import { answer, outcomes } from "../support/outcomes.ts";
import { debuggerFields, madeUpPayload } from "../support/twilio-reports.ts";
import {
  originConfig,
  receivedWebhook,
  verifiedWebhook,
  type WebhookParts,
} from "../support/webhooks.ts";

const every = await outcomes();
const sid = (prefix: string, digit: string): string => prefix + digit.repeat(32);

function recordOf(outcome: Outcome) {
  return deliveryRecord({
    outcome,
    answer,
    stages: { receivedMs: 1, verifiedMs: 2, claimedMs: 9 },
    endedAtMs: 1_764_000_000_250,
    hasHungUp: false,
  });
}

async function recordOfWebhook(parts: WebhookParts) {
  return recordOf({ ...every.answered, webhook: await verifiedWebhook(parts) });
}

describe("deliveryRecord()", () => {
  test("tells how long it took, from receipt to the answer", () => {
    expect(recordOf(every.answered).durationMs).toBe(250);
  });

  test("finds every sid of a form once, the account's aside", async () => {
    const parameters = [
      ["CallSid", sid("CA", "1")],
      ["ParentCallSid", sid("CA", "2")],
      ["Again", sid("CA", "1")],
      ["AccountSid", sid("AC", "3")],
      ["Body", "CA1"],
    ] as const;
    const record = await recordOfWebhook({ parameters });
    expect(record.sids).toEqual([sid("CA", "1"), sid("CA", "2")]);
    expect(record.accountSid).toBe(sid("AC", "3"));
  });

  test("finds sids and status in the query of a GET and in JSON at any depth", async () => {
    const query = `CallSid=${sid("CA", "1")}&CallStatus=ringing`;
    const get = await recordOfWebhook({
      method: "GET",
      url: `https://hooks.example.net/sms?${query}`,
    });
    expect([get.sids, get.twilioStatus]).toEqual([[sid("CA", "1")], "ringing"]);
    const body = JSON.stringify([{ data: { messageSid: sid("SM", "1") } }]);
    expect((await recordOfWebhook({ body })).sids).toEqual([sid("SM", "1")]);
  });

  test("takes nothing for a sid that is not shown, or not kept", async () => {
    const parameters = [
      ["Digits", sid("CA", "1")],
      ["Body", sid("CA", "2")],
      ["MessageSid", sid("SM", "3")],
    ] as const;
    expect((await recordOfWebhook({ parameters })).sids).toEqual([sid("SM", "3")]);
    const body = JSON.stringify({
      From: [sid("CA", "1"), { id: sid("CA", "2") }],
      list: [{ PaymentToken: sid("CA", "4") }, sid("SM", "3")],
    });
    expect((await recordOfWebhook({ body })).sids).toEqual([sid("SM", "3")]);
  });

  test("reports the status that says most", async () => {
    const parameters = [
      ["SmsStatus", "sent"],
      ["MessageStatus", "delivered"],
    ] as const;
    expect((await recordOfWebhook({ parameters })).twilioStatus).toBe("delivered");
  });

  test("keeps no digits in body, query or ErrorUrl", async () => {
    const parameters = [
      ["Digits", "987654"],
      ["ErrorUrl", "https://h.example/v?Digits=987654"],
    ] as const;
    const record = await recordOfWebhook({
      parameters,
      url: "https://hooks.example.net/sms?Digits=987654",
    });
    const text =
      new TextDecoder().decode(record.request.body) +
      JSON.stringify({ ...record, request: { ...record.request, body: "" } });
    expect(text).not.toContain("987654");
    expect(record.request.isRedacted).toBe(true);
  });

  test("keeps of a stranger's request only so much", () => {
    const headers = Object.fromEntries(
      Array.from({ length: 80 }, (_, n) => [`x-${n}`, "y".repeat(2_000)]),
    );
    const webhook = receivedWebhook({
      url: `https://hooks.example.net/sms?${"q".repeat(9_000)}`,
      body: "b".repeat(100_000),
      headers,
    });
    const { request } = recordOf({ ...every.refused, webhook });
    expect(request.body?.byteLength).toBe(16 * 1024);
    expect(request.bodyBytes).toBe(100_000);
    expect(request.query?.length).toBe(4_096);
    expect(request.headers.length).toBe(50);
    expect(Math.max(...request.headers.map(([, value]) => value.length))).toBe(256);
  });

  test("keeps a stranger's digits no more than anybody's, cut off or not", () => {
    const payload = JSON.stringify({ Digits: "987654", pad: "p".repeat(20_000) });
    const webhook = receivedWebhook({ parameters: [["Payload", payload]] });
    const { request } = recordOf({ ...every.refused, webhook });
    expect(new TextDecoder().decode(request.body)).not.toContain("987654");
  });

  test("keeps no parameter of a GET with bodies = false", async () => {
    const origin = originConfig({ log: { keep: "all", bodies: false, mask: [], unmask: [] } });
    const webhook = await verifiedWebhook({
      method: "GET",
      url: "https://hooks.example.net/sms?Body=hello",
    });
    expect(recordOf({ ...every.answered, webhook, origin }).request.query).toBeUndefined();
  });

  test("keeps of an answer neither cookies nor digits that an application repeats", () => {
    const given = {
      status: 302,
      headers: [
        ["set-cookie", "session=1"],
        ["location", "https://x.example/b?a=1&Digits=987654"],
      ] as const,
      body: Uint8Array.from(
        new TextEncoder().encode("<Redirect>/pay?Digits=987654&amp;x=1</Redirect>"),
      ),
    };
    const told = deliveryRecord({
      outcome: every.answered,
      answer: given,
      stages: {},
      endedAtMs: 0,
      hasHungUp: false,
    }).answer;
    expect(told?.headers).toEqual([["location", "https://x.example/b?a=1&Digits="]]);
    expect(new TextDecoder().decode(told?.body)).toBe("<Redirect>/pay?Digits=&amp;x=1</Redirect>");
  });

  test("leaves a duplicate's answer with the first delivery", () => {
    expect(recordOf(every.duplicate).answer).toBeUndefined();
    expect(recordOf(every.answered).answer).toEqual(answer);
  });

  test("keeps neither body nor answer with bodies = false", () => {
    const origin = originConfig({ log: { keep: "all", bodies: false, mask: [], unmask: [] } });
    const record = recordOf({ ...every.answered, origin });
    expect([record.request.body, record.answer]).toEqual([undefined, undefined]);
    expect(record.request.bodyBytes).toBeGreaterThan(0);
  });

  test("knows what it can of a request that was turned away at the door", () => {
    expect(recordOf(every.unreceived).request).toMatchObject({
      method: "PUT",
      host: "hooks.example.net",
      path: "/sms",
    });
  });
});

/** Which outcomes an origin keeps. */
function kept(keep: "all" | "failures" | "none"): readonly string[] {
  const origin = originConfig({ log: { keep, bodies: true, mask: [], unmask: [] } });
  const told = Object.values(every).map((outcome): Outcome =>
    outcome.kind === "reported" || outcome.kind === "not_a_report"
      ? { ...outcome, origin: { ...outcome.origin, log: origin.log } }
      : "origin" in outcome
        ? { ...outcome, origin }
        : outcome,
  );
  return told.filter(isKept).map(({ kind }) => kind);
}

test("partiesOf() finds the numbers that a Debugger event repeats, so that an erase finds them", () => {
  const parameters = Object.entries(debuggerFields(madeUpPayload()));
  expect(partiesOf(receivedWebhook({ parameters }))).toEqual({ from: ["+15005550006"], to: [] });
});

describe("isKept()", () => {
  test("keeps everything, failures, or nothing of an origin", () => {
    expect(kept("all").length).toBe(13);
    expect(kept("failures")).toEqual([
      "unreceived",
      "unrouted",
      "refused",
      "misconfigured",
      "websocket",
      "reported",
      "not_a_report",
      "queued",
      "fell_back",
      "failed",
    ]);
    expect(kept("none")).toEqual(["unreceived", "unrouted", "misconfigured", "queued"]);
  });

  test("keeps what Twilio tells of itself, whatever came of it", async () => {
    const log = { keep: "failures", bodies: true, mask: [], unmask: [] } as const;
    const parameters = [["UsageTriggerSid", `UT${"1".repeat(32)}`]] as const;
    const webhook = await verifiedWebhook({ parameters });
    expect(isKept({ ...every.answered, webhook, origin: originConfig({ log }) })).toBe(true);
  });

  test("counts a duplicate without an answer as a failure", () => {
    const origin = originConfig({ log: { keep: "failures", bodies: true, mask: [], unmask: [] } });
    expect(isKept({ ...every.duplicate, origin, answer: undefined })).toBe(true);
  });
});

describe("describe()", () => {
  test.each([
    ["unreceived", "refused", "method_not_allowed"],
    ["unrouted", "unrouted", undefined],
    ["refused", "refused", "signature_missing"],
    ["misconfigured", "failed", "misconfigured"],
    ["websocket", "failed", "websocket_unsupported"],
    ["duplicate", "duplicate", undefined],
    ["queued", "queued", "wants_twiml"],
    ["delivered", "delivered", "ledger_unavailable"],
    ["answered", "answered", undefined],
    ["fell_back", "fell_back", "fallback_twiml"],
    ["failed", "failed", undefined],
  ] as const)("calls %s %s, for the reason %s", (kind, outcome, reason) => {
    expect(describeOutcome(every[kind])).toMatchObject({ outcome, reason });
  });
});
