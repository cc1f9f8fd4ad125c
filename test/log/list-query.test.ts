import { describe, expect, test } from "vitest";
import {
  cursorOf,
  parseFilterQuery,
  parseListQuery,
  parseSearchBody,
} from "../../src/log/list-query.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);

function parsed(query: string) {
  return parseListQuery(new URLSearchParams(query), nowMs);
}

describe("parseSearchBody()", () => {
  test("reads the list's filters, and numbers", () => {
    const body = JSON.stringify({
      from: "+1",
      to: "whatsapp:+2",
      outcome: "failed",
      min_ms: 5,
      limit: 7,
    });
    expect(parseSearchBody(body, nowMs)).toEqual({
      ok: true,
      value: {
        filters: { from: "+1", to: "whatsapp:+2", outcome: "failed", minMs: 5 },
        limit: 7,
        after: undefined,
      },
    });
  });

  test("reads a text, and whether it may stand in what is masked", () => {
    const read = parseSearchBody('{"q":"out of credit","unmask":1}', nowMs);
    expect(read.ok && read.value).toMatchObject({ q: "out of credit", isUnmasked: true });
    expect(parseSearchBody('{"unmask":1}', nowMs)).toMatchObject({ ok: false });
    expect(parseSearchBody('{"q":"x","unmask":"yes"}', nowMs)).toMatchObject({ ok: false });
  });

  test.each(["", "null", "5", '"text"', "[1]", '{"from":null}', '{"to":{}}', '{"limit":true}'])(
    "refuses %s",
    (body) => {
      expect(parseSearchBody(body, nowMs).ok).toBe(false);
    },
  );
});

describe("parseFilterQuery()", () => {
  test("takes what the ledger finds by, and nothing that would be left undone", () => {
    expect(parseFilterQuery(new URLSearchParams("outcome=dead"), nowMs)).toEqual({
      ok: true,
      value: { outcome: "dead" },
    });
    for (const query of ["q=x", "limit=5", "cursor=x", "unmask=1"])
      expect(parseFilterQuery(new URLSearchParams(query), nowMs)).toMatchObject({ ok: false });
  });
});

describe("parseListQuery()", () => {
  test("reads a text", () => {
    const read = parsed("q=out+of+credit");
    expect(read.ok && read.value.q).toBe("out of credit");
    expect(parsed(`q=${"x".repeat(201)}`).ok).toBe(false);
    expect(parsed("q=+").ok).toBe(false);
  });

  test("asks for fifty of everything when nothing is said", () => {
    expect(parsed("")).toEqual({ ok: true, value: { filters: {}, limit: 50, after: undefined } });
  });

  test("combines filters", () => {
    const query = parsed(
      "origin=sms&outcome=failed&http_status=502&error_code=11200&min_ms=100&sid=SM1&account=AC1&twilio_status=sent",
    );
    expect(query.ok && query.value.filters).toEqual({
      origin: "sms",
      outcome: "failed",
      httpStatus: 502,
      errorCode: 11_200,
      minMs: 100,
      sid: "SM1",
      account: "AC1",
      twilioStatus: "sent",
    });
  });

  test.each([
    ["since=2h", nowMs - 7_200_000],
    ["since=90s", nowMs - 90_000],
    ["since=2026-11-24T09:30:00Z", Date.UTC(2026, 10, 24, 9, 30)],
    ["since=1790000000000", 1_790_000_000_000],
  ])("reads the instant of %s", (query, sinceMs) => {
    const result = parsed(query);
    expect(result.ok && result.value.filters.sinceMs).toBe(sinceMs);
  });

  test("takes up where a cursor left", () => {
    const after = { id: "01KB3Y00000000000000000000", seq: 12 };
    const result = parsed(`cursor=${cursorOf(after)}`);
    expect(result.ok && result.value.after).toEqual(after);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=201", "limit"],
    ["outcome=lost", "outcome"],
    ["http_status=2xx", "http_status"],
    ["since=yesterday", "since"],
    ["cursor=abc", "cursor"],
    ["colour=red", "colour"],
    ["__proto__=1", "__proto__"],
    ["from=%2B1", "from"],
    ["to=%2B1", "to"],
    ["origin=", "origin"],
    ["sid=", "sid"],
    ["account=", "account"],
    ["twilio_status=", "twilio_status"],
    ["http_status=", "http_status"],
    ["since=", "since"],
    ["cursor=", "cursor"],
    ["sid=SM1&sid=SM1", "sid"],
    ["limit=10&origin=sms&limit=20", "limit"],
  ])("refuses %s and names it", (query, name) => {
    const result = parsed(query);
    expect(!result.ok && result.error).toContain(name);
  });

  test.each(["limit=1", "limit=200"])("accepts %s", (query) => {
    expect(parsed(query).ok).toBe(true);
  });
});
