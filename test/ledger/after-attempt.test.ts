import { describe, expect, test } from "vitest";
import type { Attempt } from "../../src/forward/origin.ts";
import {
  afterAttempt,
  isHeard,
  nextNumber,
  withLostAttempt,
} from "../../src/ledger/after-attempt.ts";
import type { DeliveryOutcome } from "../../src/ledger/delivery.ts";
import type { AttemptEnd } from "../../src/ledger/protocol.ts";
import { deliveryRecord } from "../support/records.ts";

const NOW = 1_790_000_000_000;
const id = "01KB3Y00000000000000000000";
const stored = { bytes: new Uint8Array(3), sealedWith: undefined };
const queued = deliveryRecord({
  id,
  outcome: "queued",
  stored,
  pending: { dueAtMs: NOW + 20_000, lease: 7 },
});
const { request } = deliveryRecord({ id });
const kept = { ...request, bodyBytes: 99 };

function attempt(number: number, isUsable = false): Attempt {
  const outcome = isUsable
    ? ({ kind: "usable", status: 200, notes: [] } as const)
    : ({ kind: "failed", class: "status", status: 500, twilioCode: 11_217, detail: "" } as const);
  return { number, to: "origin", startedAtMs: NOW, durationMs: 5, timeoutMs: 15_000, outcome };
}

const delivered: AttemptEnd = { kind: "delivered", request: kept, isListed: true };
const waits: AttemptEnd = { kind: "waits", delayMs: 5_000 };
const dead: AttemptEnd = { kind: "dead", reason: "gone", request: kept };

function after(record: typeof queued, end: AttemptEnd) {
  return afterAttempt(record, { attempt: attempt(1, end.kind === "delivered"), end }, NOW);
}

describe("afterAttempt() of what is queued", () => {
  test("waits for its next attempt, all of it kept", () => {
    expect(after(queued, waits)).toMatchObject({
      outcome: "queued",
      pending: { dueAtMs: NOW + 5_000, lease: undefined },
      stored,
      errorCode: 11_217,
      request,
    });
  });

  test("is delivered, and nothing is stored any more", () => {
    const came = after({ ...queued, errorCode: 11_217, reason: "wants_twiml" }, delivered);
    expect(came).toMatchObject({ outcome: "delivered", request: kept });
    expect(came).toMatchObject({
      pending: undefined,
      stored: undefined,
      errorCode: undefined,
      reason: undefined,
    });
  });

  test("leaves the log when it is delivered and the log does not cover that", () => {
    expect(after(queued, { ...delivered, isListed: false })).toBeUndefined();
  });

  test("is dead for its reason, and nothing is stored any more", () => {
    const came = after(queued, dead);
    expect(came).toMatchObject({
      outcome: "dead",
      reason: "gone",
      errorCode: 11_217,
      request: kept,
    });
    expect(came?.stored).toBeUndefined();
    expect(came?.pending).toBeUndefined();
  });
});

describe("afterAttempt() of what is sent again", () => {
  const again = { ...queued, stored: undefined, replay: "plan" };

  test.each<[DeliveryOutcome, DeliveryOutcome]>([
    ["answered", "answered"],
    ["failed", "delivered"],
    ["fell_back", "delivered"],
    ["dead", "delivered"],
    ["delivered", "delivered"],
  ])("is, when it was %s and is delivered now, %s", (outcome, now) => {
    const came = after({ ...again, outcome }, { ...delivered, isListed: false });
    expect(came).toMatchObject({ outcome: now, pending: undefined, request });
  });

  test.each<DeliveryOutcome>(["answered", "failed", "fell_back", "dead", "delivered"])(
    "stays %s when it fails, and is not tried again by itself",
    (outcome) => {
      for (const end of [waits, dead]) {
        expect(after({ ...again, outcome }, end)).toMatchObject({
          outcome,
          pending: undefined,
          request,
        });
      }
    },
  );
});

test("afterAttempt() keeps the first five and the last forty-five attempts, their numbers and their count", () => {
  let record = queued;
  for (let number = 1; number <= 120; number++) {
    expect(nextNumber(record)).toBe(number);
    record = { ...queued, ...afterAttempt(record, { attempt: attempt(number), end: waits }, NOW) };
  }
  const numbers = record.attempts.map(({ number }) => number);
  expect(numbers.slice(0, 6)).toEqual([1, 2, 3, 4, 5, 76]);
  expect(numbers.length).toBe(50);
  expect(nextNumber(record)).toBe(121);
});

describe("isHeard()", () => {
  test.each([
    [{ dueAtMs: NOW, lease: 7 }, true],
    [{ dueAtMs: NOW, lease: 6 }, true],
    [{ dueAtMs: NOW, lease: 8 }, false],
    [{ dueAtMs: NOW, lease: undefined }, true],
    [undefined, false],
  ])("of lease 7, where %o stands, is %s", (pending, heard) => {
    const settled = { lease: 7, attempt: attempt(1), end: waits };
    expect(isHeard({ ...queued, pending }, settled)).toBe(heard);
  });

  test("of an attempt that is written already, itself or as lost, is false, unless it was delivered", () => {
    const waiting = {
      ...queued,
      attempts: [attempt(1)],
      pending: { dueAtMs: NOW, lease: undefined },
    };
    expect(isHeard(waiting, { lease: 7, attempt: attempt(1), end: waits })).toBe(false);
    expect(isHeard(waiting, { lease: 7, attempt: attempt(2), end: waits })).toBe(true);
    const end = { kind: "delivered", request: queued.request, isListed: true } as const;
    expect(isHeard(waiting, { lease: 7, attempt: attempt(1), end })).toBe(true);
  });
});

describe("withLostAttempt()", () => {
  test("tells of an attempt whose end nobody told", () => {
    const { attempts } = withLostAttempt(queued, 20_000);
    expect(attempts).toMatchObject([
      { number: 1, startedAtMs: NOW, outcome: { kind: "failed", class: "lost" } },
    ]);
  });

  test("changes nothing where none was under way", () => {
    const waiting = { ...queued, pending: { dueAtMs: NOW, lease: undefined } };
    expect(withLostAttempt(waiting, 20_000)).toBe(waiting);
  });
});
