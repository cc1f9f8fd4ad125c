import { expect, test } from "vitest";
import { bytes, clockTime, duration, fromNow, shortSid } from "../../src/page/format.ts";

test.each([
  [0, "0 ms"],
  [3.4, "3 ms"],
  [999, "999 ms"],
  [1_000, "1 s"],
  [1_484, "1.48 s"],
  [14_000, "14 s"],
  [59_949, "59.9 s"],
  [90_000, "1.5 min"],
  [7_200_000, "2 h"],
  [259_200_000, "3 days"],
])("duration(%d) is %s", (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_536, "1.5 KiB"],
  [5_242_880, "5 MiB"],
  [7_516_192_768, "7 GiB"],
])("bytes(%d) is %s", (count, expected) => {
  expect(bytes(count)).toBe(expected);
});

test("clockTime() has the date where it is not today's", () => {
  const at = new Date(2026, 10, 24, 9, 30, 0, 7);
  expect(clockTime(at.toISOString(), at.getTime())).toBe("09:30:00.007");
  expect(clockTime(at.toISOString(), at.getTime() + 86_400_000)).toBe("11-24 09:30:00");
});

test.each([
  [12_300, "in 12 s"],
  [-12_300, "12 s ago"],
  [400, "now"],
  [240_000, "in 4 min"],
])("fromNow() of %d ms from now is %s", (awayMs, expected) => {
  const nowMs = 1_800_000_000_000;
  expect(fromNow(new Date(nowMs + awayMs).toISOString(), nowMs)).toBe(expected);
});

test("shortSid() keeps the kind and the end", () => {
  expect(shortSid("CA0123456789abcdef0123456789abcdef")).toBe("CA…abcdef");
  expect(shortSid("SM1")).toBe("SM1");
});
