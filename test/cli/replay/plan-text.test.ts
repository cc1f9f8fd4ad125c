import { describe, expect, test } from "vitest";
import {
  planQuestion,
  planText,
  resumeCommand,
  summaryLine,
} from "../../../src/cli/replay/plan-text.ts";
import { planOf } from "../../support/shown-plan.ts";

const untouched = { state: "planned", sent: 0, skipped: 0, delivered: 0, failed: 0 };

describe("planText()", () => {
  test("tells how many, by what, for whom, from when to when", () => {
    expect(planText(planOf(untouched))).toBe(
      [
        "Plan P1  planned",
        "  chosen by   outcome=dead since=2h",
        "  deliveries  120",
        "  origins     sms 100, status 20",
        "  oldest      2026-11-24T01:00:00.000Z",
        "  newest      2026-11-24T02:30:00.000Z",
      ].join("\n"),
    );
  });

  test("leaves out what an empty plan has not", () => {
    const none = { deliveries: 0, origins: {}, oldest: null, newest: null };
    expect(planText(planOf({ ...untouched, ...none }))).toBe(
      "Plan P1  planned\n  chosen by   outcome=dead since=2h\n  deliveries  0",
    );
  });

  test("tells how far one has come that was run before", () => {
    expect(planText(planOf())).toContain("\n  so far      45: 40 delivered, 3 failed, 2 skipped");
  });

  test("says plainly that everything is meant", () => {
    expect(planText(planOf({ filters: {} }))).toContain("nothing: all that is in the log");
  });

  test("keeps its lines, whatever stands in a name", () => {
    const text = planText(planOf({ ...untouched, origins: { "a\n\u001b[2Jb": 120 } }));
    expect(text.split("\n")).toHaveLength(6);
    expect(text).toContain("origins     a [2Jb 120");
  });
});

test.each([
  [1, "Send 1 delivery again at 10 a second?"],
  [2, "Send 2 deliveries again at 10 a second?"],
])("planQuestion() counts %d", (deliveries, question) => {
  expect(planQuestion(planOf({ deliveries }), 10)).toBe(question);
});

test.each([
  [undefined, "npx hookswitch replay --resume P1"],
  ["https://a.example", "npx hookswitch replay --resume P1 --url https://a.example"],
])("resumeCommand() at %s names what it must", (url, command) => {
  expect(resumeCommand(planOf(), url)).toBe(command);
});

describe("summaryLine()", () => {
  test("tells a whole one", () => {
    const plan = planOf({ state: "done", sent: 118, skipped: 2, delivered: 115 });
    expect(summaryLine(plan)).toBe("done: all 120: 115 delivered, 3 failed, 2 skipped");
  });

  test("tells how far one has come that is not", () => {
    expect(summaryLine(planOf({ state: "cancelled" }))).toBe(
      "cancelled: 45 of 120: 40 delivered, 3 failed, 2 skipped",
    );
  });
});
