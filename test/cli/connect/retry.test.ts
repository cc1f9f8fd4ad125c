import { describe, expect, test } from "vitest";
import { retryDelayMs } from "../../../src/cli/connect/retry.ts";

describe("retryDelayMs()", () => {
  test.each([
    ["no answer", undefined, undefined, 1, 500],
    ["429", 429, undefined, 1, 500],
    ["a fourth 503", 503, undefined, 4, 4_000],
    ["429 with Retry-After", 429, "3", 1, 3_000],
    ["an endless Retry-After", 429, "99999", 1, 10_000],
    ["a Retry-After that is a date", 503, "Wed, 21 Oct 2026 07:28:00 GMT", 1, 500],
  ])("waits after %s", (_what, status, retryAfter, attempt, expected) => {
    expect(retryDelayMs({ status, retryAfter }, attempt, 1)).toBe(expected);
  });

  test("halves the wait at most", () => {
    expect(retryDelayMs({ status: 500, retryAfter: undefined }, 1, 0)).toBe(250);
  });

  test.each([
    ["200", 200, 1],
    ["400", 400, 1],
    ["401", 401, 1],
    ["499", 499, 1],
    ["a fifth 503", 503, 5],
  ])("gives up after %s", (_what, status, attempt) => {
    expect(retryDelayMs({ status, retryAfter: "0" }, attempt, 1)).toBeUndefined();
  });
});
