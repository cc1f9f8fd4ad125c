import { describe, expect, test } from "vitest";
import { handled, isAllDelivered, isOver, readPlan } from "../../../src/cli/replay/plan.ts";
import { planOf, shownPlan } from "../../support/shown-plan.ts";

describe("readPlan()", () => {
  test("reads what the API tells", () => {
    expect(readPlan(shownPlan())).toEqual({
      id: "P1",
      state: "running",
      filters: [
        ["outcome", "dead"],
        ["since", "2h"],
      ],
      deliveries: 120,
      origins: [
        ["status", 20],
        ["sms", 100],
      ],
      oldest: "2026-11-24T01:00:00.000Z",
      newest: "2026-11-24T02:30:00.000Z",
      rate: 10,
      sent: 43,
      skipped: 2,
      delivered: 40,
      failed: 3,
      answer: shownPlan(),
    });
  });

  test("takes null for what there is not", () => {
    const plan = planOf({ oldest: null, newest: null, rate: null, origins: {}, filters: {} });
    expect(plan).toMatchObject({ oldest: undefined, newest: undefined, rate: undefined });
  });

  test("takes filters that are no text", () => {
    const { filters } = planOf({ filters: { http_status: 502 } });
    expect(filters).toEqual([["http_status", "502"]]);
  });

  test.each([
    ["id", 1],
    ["state", "paused"],
    ["filters", []],
    ["origins", null],
    ["deliveries", "120"],
    ["sent", -1],
    ["skipped", null],
    ["delivered", 1.5],
    ["failed", undefined],
  ])("takes nothing with %s as %j", (name, value) => {
    expect(readPlan(shownPlan({ [name]: value }))).toBeUndefined();
  });
});

test.each([
  ["planned", false],
  ["running", false],
  ["cancelled", true],
  ["done", true],
])("isOver() of a plan that is %s is %s", (state, over) => {
  expect(isOver(planOf({ state }))).toBe(over);
});

test("handled() counts what was sent and what cannot be", () => {
  expect(handled(planOf())).toBe(45);
});

test.each([
  [{ state: "done", delivered: 120 }, true],
  [{ state: "done", delivered: 119 }, false],
  [{ state: "cancelled", delivered: 120 }, false],
  [{ state: "done", deliveries: 0, delivered: 0 }, true],
])("isAllDelivered() of %j is %s", (more, all) => {
  expect(isAllDelivered(planOf(more))).toBe(all);
});
