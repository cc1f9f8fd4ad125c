import { expect, test } from "vitest";
import { parseRetryAfterMs } from "../../src/forward/retry-after.ts";

/** Tue, 24 Nov 2026 12:00:00 GMT */
const noon = 1_795_521_600_000;

test.each([
  ["0", 0],
  ["2", 2000],
  [" 120 ", 120_000],
  ["Tue, 24 Nov 2026 12:00:05 GMT", 5000],
  ["Wed, 25 Nov 2026 00:00:00 GMT", 43_200_000],
  ["Tue, 24 Nov 2026 12:00:00 GMT", 0],
  ["Tue, 24 Nov 2026 11:59:59 GMT", 0],
  ["9".repeat(400), Number.MAX_SAFE_INTEGER / 2],
])("parseRetryAfterMs() reads %j as %i ms", (value, expected) => {
  expect(parseRetryAfterMs(value, noon)).toBe(expected);
});

test.each([
  null,
  undefined,
  "",
  "-1",
  "+1",
  "1.5",
  "0x10",
  "1e3",
  "soon",
  "2, 3",
  "Mon, 24 Nov 2026 12:00:05 GMT",
  "Tue, 24 Nov 2026 12:00:05",
  "Tue, 24 Nov 2026 12:00:05 +0000",
  "tue, 24 nov 2026 12:00:05 gmt",
  "Tue, 24 Nov 2026 12:00:60 GMT",
  "Sun, 31 Nov 2026 12:00:05 GMT",
  "Tuesday, 24-Nov-26 12:00:05 GMT",
  "Tue Nov 24 12:00:05 2026",
  "2026-11-24T12:00:05Z",
])("parseRetryAfterMs() makes nothing of %j", (value) => {
  expect(parseRetryAfterMs(value, noon)).toBeUndefined();
});
