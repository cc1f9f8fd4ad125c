import { describe, expect, test } from "vitest";
import { filterText, readFilterText, unknownNames } from "../../src/page/filter-text.ts";

const sid = "CA0123456789abcdef0123456789abcdef";
const account = "AC0123456789abcdef0123456789abcdef";

describe("readFilterText()", () => {
  test.each([
    ["", {}],
    ["failed", { outcome: "failed" }],
    ["fell_back voice", { outcome: "fell_back", origin: "voice" }],
    [sid, { sid }],
    [account, { account }],
    ["2h", { since: "2h" }],
    ["502", { http_status: "502" }],
    ["11217", { error_code: "11217" }],
    [">5000", { min_ms: "5000" }],
    ["code:11217 status:completed", { error_code: "11217", twilio_status: "completed" }],
    ["since:2026-11-24T09:30", { since: "2026-11-24T09:30" }],
    ["from:+14155551234", { from: "+14155551234" }],
    ["sms voice", { origin: "voice" }],
    ['sms "out of credit" 2h', { origin: "sms", q: "out of credit", since: "2h" }],
    ['q:credit status:"no answer"', { q: "credit", twilio_status: "no answer" }],
    ['"say ""hi"" now"', { q: 'say "hi" now' }],
    ['"not closed', { q: "not closed" }],
  ])("of %j is %j", (text, expected) => {
    expect(readFilterText(text)).toEqual(expected);
  });
});

test("filterText() reads back as the same filters", () => {
  const filters = { origin: "sms", outcome: "failed", since: "2h", from: "+14155551234" };
  for (const q of ["credit", "out of credit", 'a "b" c', '"', "a:b c"])
    expect(readFilterText(filterText({ ...filters, q }))).toEqual({ ...filters, q });
});

test("unknownNames() finds what is no filter", () => {
  expect(unknownNames("orign:sms outcome:failed 09:30")).toEqual(["orign"]);
  expect(unknownNames('q:"orign: x" "also: y"')).toEqual([]);
});
