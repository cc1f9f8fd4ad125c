import { describe, expect, test } from "vitest";
import { filterOptions, filtersOf, mistakeInFilter } from "../../../src/cli/log/filters.ts";
import { parseFilterQuery } from "../../../src/log/list-query.ts";

test("filterOptions are the list's filters, all but its page", () => {
  const unknown = parseFilterQuery(new URLSearchParams("colour=red"), 0);
  const known = unknown.ok ? [] : (unknown.error.split("one of ")[1] ?? "").split(", ");
  const names = filterOptions.map(({ name }) => name);
  expect(names.toSorted()).toEqual(known.toSorted());
});

test("filtersOf() spells them as the API does", () => {
  expect(filtersOf({ outcome: "dead", twilioStatus: "sent", minMs: "100" })).toEqual([
    ["outcome", "dead"],
    ["twilio_status", "sent"],
    ["min_ms", "100"],
  ]);
});

describe("mistakeInFilter()", () => {
  test.each([
    ["since", "2h"],
    ["outcome", "dead"],
    ["http_status", "502"],
  ])("has nothing against %s=%s", (name, text) => {
    expect(mistakeInFilter(name, text)).toBeUndefined();
  });

  test.each([
    ["since", "yesterday", "a date such as"],
    ["outcome", "lost", "one of answered"],
    ["http_status", "5xx", "a whole number"],
    ["origin", "", "expected a value"],
  ])("tells what is wrong with %s=%s", (name, text, message) => {
    expect(mistakeInFilter(name, text)).toContain(message);
  });
});
