import { describe, expect, test } from "vitest";
import type { LogFailure } from "../../../src/cli/log/answer.ts";
import { failureLine, isPassing, whyNot } from "../../../src/cli/log/failure.ts";

const about = {
  baseUrl: "https://hooks.example.com",
  tokenName: "LOG_ADMIN_TOKEN",
  tokenSource: ".dev.vars",
  subject: "delivery D1",
};

const refused = (status: number, code: string, message = ""): LogFailure => ({
  reason: "refused",
  status,
  code,
  message,
});

describe("failureLine()", () => {
  test.each<readonly [string, LogFailure, readonly string[]]>([
    [
      "no connection",
      { reason: "unreachable", detail: "connection refused" },
      ["connection refused", "HOOKSWITCH_URL"],
    ],
    [
      "no answer",
      { reason: "unfinished", detail: "no answer within 30 s" },
      ["within 30 s", "may be done all the same"],
    ],
    [
      "a web page",
      { reason: "no_json", status: 200, contentType: "text/html" },
      ["200 text/html", "--url"],
    ],
    [
      "nothing at all",
      { reason: "no_json", status: 302, contentType: "" },
      ["302 without a content type", "--url"],
    ],
    [
      "an error page",
      { reason: "no_json", status: 500, contentType: "text/plain" },
      ["500 text/plain", "wrangler tail"],
    ],
    ["another version", { reason: "unknown_form", status: 200 }, ["same version"]],
    ["a 401", refused(401, "unauthorized"), ["token of .dev.vars (401)", "set LOG_ADMIN_TOKEN"]],
    ["the reading token", refused(403, "admin_only"), ["(403)", "LOG_TOKEN is not enough"]],
    ["a closed log", refused(403, "log_closed"), ["closed (403)", "hookswitch check"]],
    ["a 404", refused(404, "not_found"), ["delivery D1 is not in the log", "--url", "LOG_DAYS"]],
    ["an older Worker", refused(405, "method_not_allowed"), ["(405)", "deploy"]],
    ["a 409", refused(409, "sealed"), ["delivery D1 cannot be sent again", "LOG_KEY"]],
    ["a 503", refused(503, "ledger_unreachable"), ["(503)", "ask again in a minute"]],
    [
      "anything else",
      refused(400, "bad_query", "since: expected a date"),
      ["400 bad_query", "since: expected a date"],
    ],
  ])("names cause and mend of %s", (_what, failure, words) => {
    const line = failureLine(failure, about);
    for (const word of [about.baseUrl, ...words].slice(failure.reason === "refused" ? 1 : 0)) {
      expect(line).toContain(word);
    }
  });

  test("is one line without control characters, whatever was answered", () => {
    const line = failureLine(refused(418, "teapot", "a\u001b[2J\nb\r\nc"), about);
    expect(line).toMatch(/: a\[2J b c$/u);
  });
});

test.each<readonly [LogFailure, boolean]>([
  [{ reason: "unreachable", detail: "" }, true],
  [refused(503, "ledger_unreachable"), true],
  [refused(404, "not_found"), false],
  [refused(401, "unauthorized"), false],
  [{ reason: "no_json", status: 500, contentType: "" }, true],
  [{ reason: "no_json", status: 499, contentType: "" }, false],
  [{ reason: "unknown_form", status: 200 }, false],
])("isPassing() of %j is %s", (failure, passes) => {
  expect(isPassing(failure)).toBe(passes);
});

describe("whyNot()", () => {
  test.each([
    "running",
    "unverified",
    "redacted",
    "not_kept",
    "sealed",
    "unreadable",
    "unsigned",
    "origin_gone",
  ])("has words of its own for %s", (code) => {
    expect(whyNot(code, "the API's")).not.toContain("the API's");
  });

  test.each(["frozen", "constructor"])("tells the API's words for %s", (code) => {
    expect(whyNot(code, "It is.")).toBe(`${code}: It is.`);
  });
});
