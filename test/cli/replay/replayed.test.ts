import { describe, expect, test } from "vitest";
import { readReplayed, replayedLine } from "../../../src/cli/replay/replayed.ts";

const attempt = {
  number: 3,
  to: "origin",
  started_at: "2026-11-24T03:03:29.045Z",
  duration_ms: 45,
  timeout_ms: 14_000,
  replay: "single",
  result: "usable",
  status: 200,
  class: null,
  twilio_code: null,
  detail: null,
};
const delivered = { id: "D1", outcome: "delivered", delivered: true, attempt };
const timedOut = {
  ...delivered,
  outcome: "dead",
  delivered: false,
  attempt: {
    ...attempt,
    result: "failed",
    status: null,
    class: "timeout",
    twilio_code: 11_203,
    detail: "No answer in time.",
  },
};

function line(answer: Readonly<Record<string, unknown>>): string | undefined {
  const replayed = readReplayed(answer);
  return replayed && replayedLine(replayed, (_style, text) => text);
}

describe("readReplayed()", () => {
  test("reads what the API tells", () => {
    expect(readReplayed(delivered)).toEqual({
      isDelivered: true,
      outcome: "delivered",
      attempt: {
        number: 3,
        to: "origin",
        durationMs: 45,
        status: 200,
        failureClass: undefined,
        twilioCode: undefined,
        detail: undefined,
      },
      answer: delivered,
    });
  });

  test.each([
    ["a verdict", { ...delivered, delivered: "yes" }],
    ["an outcome", { ...delivered, outcome: null }],
    ["an attempt", { ...delivered, attempt: null }],
    ["a number", { ...delivered, attempt: { ...attempt, number: "3" } }],
    ["a target", { ...delivered, attempt: { ...attempt, to: undefined } }],
    ["a duration", { ...delivered, attempt: { ...attempt, duration_ms: -1 } }],
  ])("takes nothing without %s", (_what, answer) => {
    expect(readReplayed(answer)).toBeUndefined();
  });
});

describe("replayedLine()", () => {
  test("tells a delivered one", () => {
    expect(line(delivered)).toBe("delivered  200  45 ms  attempt 3 at the origin");
  });

  test("tells why one was not delivered", () => {
    expect(line(timedOut)).toBe(
      "not delivered  no answer  timeout 11203  45 ms  attempt 3 at the origin  No answer in time.",
    );
  });

  test("stays one line, whatever the origin has brought into it", () => {
    const detail = "a\nb\u001b[2J";
    expect(line({ ...timedOut, attempt: { ...timedOut.attempt, detail } })).toMatch(/a b\[2J$/u);
  });
});
