import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/check/answer-types.ts";
import type { Attempt } from "../../src/forward/origin.ts";
import { describe as described } from "../../src/log/describe.ts";
import type { Outcome, ReceiveFailure } from "../../src/outcome.ts";
import { answerTo, respond as respondIn } from "../../src/respond/respond.ts";
import { answer, outcomes } from "../support/outcomes.ts";

const every = await outcomes();
const took = { stages: { receivedMs: 1, verifiedMs: 3, claimedMs: 7 }, durationMs: 50 };
const respond = (outcome: Outcome, given: Answer): Response => respondIn(outcome, given, took);

describe("answerTo()", () => {
  test.each([
    ["unreceived", 405],
    ["unrouted", 404],
    ["refused", 403],
    ["misconfigured", 500],
    ["websocket", 501],
    ["duplicate", 200],
    ["answered", 200],
    ["fell_back", 200],
    ["failed", 502],
  ] as const)("answers %s with %i", (kind, status) => {
    expect(answerTo(every[kind]).status).toBe(status);
  });

  const failures: readonly (readonly [ReceiveFailure, number])[] = [
    [{ reason: "method_not_allowed", method: "PUT" }, 405],
    [{ reason: "path_not_allowed" }, 404],
    [{ reason: "body_too_large", maxBodyBytes: 1 }, 413],
    [{ reason: "body_unreadable" }, 400],
  ];
  test.each(failures)("answers %j with %i", (failure, status) => {
    expect(answerTo({ ...every.unreceived, failure }).status).toBe(status);
  });

  test("answers who is refused where no route is as if there were nothing: 404", () => {
    expect(answerTo({ ...every.refused, origin: undefined }).status).toBe(404);
  });

  test("answers a duplicate whose first did not end in time with 502", () => {
    expect(answerTo({ ...every.duplicate, answer: undefined }).status).toBe(502);
  });

  test("says which methods there are", () => {
    expect(respond(every.unreceived, answerTo(every.unreceived)).headers.get("allow")).toBe(
      "GET, POST",
    );
  });

  test("tells who is refused nothing of the reason", async () => {
    const reasons = [
      "signature_missing",
      "account_ambiguous",
      "body_hash_missing",
      "signing_key_unknown",
    ] as const;
    const texts = reasons.map(async (reason) => {
      const outcome: Outcome = { ...every.refused, failure: { reason } };
      const response = respond(outcome, answerTo(outcome));
      return JSON.stringify([response.status, [...response.headers], await response.text()]);
    });
    expect(new Set(await Promise.all(texts)).size).toBe(1);
  });
});

describe("respond()", () => {
  test("names every delivery, and how it ended only to Twilio", () => {
    for (const outcome of Object.values(every)) {
      const { headers } = respond(outcome, answerTo(outcome));
      const isTwilios = !["unreceived", "refused", "misconfigured"].includes(outcome.kind);
      expect(headers.get("hookswitch-delivery")).toMatch(/^[0-9A-Z]{26}$/);
      expect([outcome.kind, headers.get("hookswitch-outcome")]).toEqual([
        outcome.kind,
        isTwilios ? described(outcome).outcome : null,
      ]);
      expect([outcome.kind, headers.has("server-timing")]).toEqual([outcome.kind, isTwilios]);
    }
  });

  test("tells how long each stage took, beside what the origin says of itself", () => {
    const attempt = (to: Attempt["to"], durationMs: number): Attempt => ({
      number: 1,
      to,
      startedAtMs: 0,
      durationMs,
      timeoutMs: 100,
      outcome: { kind: "usable", status: 200, notes: [] },
    });
    const attempts = [attempt("origin", 10), attempt("origin", 20), attempt("fallback", 5)];
    const own = { ...answer, headers: [["server-timing", "db;dur=4"] as const] };
    const { headers } = respond({ ...every.answered, attempts }, own);
    const times = "receive;dur=1, verify;dur=2, claim;dur=4";
    expect(headers.get("server-timing")).toBe(
      `db;dur=4, ${times}, origin;dur=30, fallback;dur=5, total;dur=50`,
    );
  });

  test.each([204, 304])("gives a %i no body, which no Response may have", async (status) => {
    const response = respond(every.answered, { ...answer, status });
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  test("keeps every cookie", () => {
    const headers = [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ] as const;
    expect(respond(every.answered, { ...answer, headers }).headers.getSetCookie()).toEqual([
      "a=1",
      "b=2",
    ]);
  });
});
