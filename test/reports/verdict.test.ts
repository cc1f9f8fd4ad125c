import { describe, expect, test } from "vitest";
import type { DebuggerEvent } from "../../src/reports/report.ts";
import { verdictOn, type OwnView } from "../../src/reports/verdict.ts";

const RECEIVED_MS = 1_000_000;
const event: DebuggerEvent = {
  kind: "debugger",
  level: "error",
  code: 11_200,
  atMs: undefined,
  resourceSid: undefined,
  url: "https://hooks.example.net/sms",
  status: 502,
  noAnswer: { error: "11203 HTTP communication total time out triggered", attempts: 1 },
};
const own: OwnView = {
  outcome: "answered",
  reason: undefined,
  hasHungUp: false,
  receivedAtMs: RECEIVED_MS,
  durationMs: 340,
  httpStatus: 200,
  errorCode: undefined,
};
const verdict = (report: DebuggerEvent, view: OwnView | undefined): string =>
  verdictOn(report, RECEIVED_MS + 15_000, view);

describe("verdictOn() a Debugger event", () => {
  test("tells the network in between: we answered, Twilio got nothing", () => {
    expect(verdict(event, own)).toBe(
      "Twilio says 11200 HTTP retrieval failure (11203 HTTP communication total time out triggered) 15.0 s after it got here, after one try. " +
        "Hookswitch answered 200 in 340 ms: the answer did not get back to Twilio, the network in between and not the application.",
    );
  });

  test("tells the application", () => {
    const failed = { ...own, outcome: "failed", httpStatus: 502, errorCode: 11_203 } as const;
    expect(verdict({ ...event, noAnswer: undefined }, { ...failed, durationMs: 14_000 })).toContain(
      "Hookswitch answered 502 in 14000 ms, for 11203 HTTP communication total time out triggered: the application, not the network.",
    );
  });

  test("tells what came from something in between", () => {
    expect(verdict({ ...event, noAnswer: undefined }, own)).toContain(
      "Hookswitch answered 200 in 340 ms: what Twilio got may have come from something in between.",
    );
  });

  test("tells an answer that Twilio could not use", () => {
    expect(verdict({ ...event, code: 12_100, noAnswer: undefined }, own)).toContain(
      "12100 Document parse failure 15.0 s after it got here. Hookswitch answered 200 in 340 ms: Twilio got it and could not use what is in it.",
    );
  });

  test("tells that it never got here", () => {
    expect(verdict(event, undefined)).toContain(
      "No such webhook is in the log: if its URL is this",
    );
    expect(verdict({ ...event, code: 30_007, url: undefined }, undefined)).toContain(
      "It speaks of no webhook.",
    );
  });

  test("tells an answer that came after Twilio had gone", () => {
    const late = "Hookswitch answered 200 in 9000 ms, and Twilio had gone by then";
    expect(verdictOn(event, RECEIVED_MS + 5_000, { ...own, durationMs: 9_000 })).toContain(late);
    expect(verdict(event, { ...own, durationMs: 9_000, hasHungUp: true })).toContain(late);
  });

  test("tells what is ours and neither the application's nor the network's", () => {
    const none = { ...own, outcome: "unrouted", httpStatus: 404 } as const;
    expect(verdict(event, none)).toContain("404 in 340 ms: no origin takes this path.");
    const unable = { ...own, outcome: "failed", httpStatus: 501 } as const;
    expect(verdict(event, { ...unable, reason: "websocket_unsupported" })).toContain(
      "501 in 340 ms: see its reason.",
    );
  });

  test("tells a refusal, one that runs and one that was lost", () => {
    expect(verdict(event, { ...own, outcome: "refused", httpStatus: 403 })).toContain(
      "403 in 340 ms: see its reason",
    );
    expect(verdict(event, { ...own, outcome: "running" })).toContain("not answered it yet");
    expect(verdict(event, { ...own, outcome: "interrupted" })).toContain("lost it on the way");
  });
});

test("verdictOn() a usage trigger and a fallback request", () => {
  const trigger = {
    kind: "usage_trigger",
    triggerSid: "UT",
    category: "sms",
    by: "count",
    threshold: "100",
    current: "101",
  } as const;
  expect(verdictOn(trigger, 0, undefined)).toBe(
    "A usage trigger fired: sms is at 101, its threshold 100.",
  );
  const fallback = {
    kind: "twilio_fallback",
    code: 11_200,
    url: undefined,
    resourceSid: undefined,
  } as const;
  expect(verdictOn(fallback, RECEIVED_MS + 15_000, own)).toBe(
    "Twilio asked its own fallback, for 11200 HTTP retrieval failure. Hookswitch answered 200 in 340 ms: the answer did not get back to Twilio, the network in between and not the application.",
  );
});
