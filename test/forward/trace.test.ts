import { expect, test } from "vitest";
import { traceOf, traceparent } from "../../src/forward/trace.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";
const half = () => 0.5;

test.each([
  ["a sampled one", `00-${traceId}-${parentId}-01`, "01"],
  ["one that is not sampled", `00-${traceId}-${parentId}-00`, "00"],
  ["one of a later version", `cc-${traceId}-${parentId}-03-more`, "03"],
])("traceOf() continues %s", (_, received, flags) => {
  expect(traceOf(received, half)).toEqual({ traceId, flags, isContinued: true });
});

test.each([
  null,
  "",
  `00-${traceId}-${parentId}`,
  `00-${traceId}-${parentId}-01-more`,
  `ff-${traceId}-${parentId}-01`,
  `00-${"0".repeat(32)}-${parentId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${parentId}-01`,
  `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`,
])("traceOf() begins a sampled trace where %j came", (received) => {
  expect(traceOf(received, half)).toEqual({
    traceId: "80".repeat(16),
    flags: "01",
    isContinued: false,
  });
});

test.each([
  ["the least", 0, `00-${traceId}-0000000000000001-01`],
  ["the most", 1 - Number.EPSILON, `00-${traceId}-ffffffffffffffff-01`],
])("traceparent() makes a parent id that is valid with %s chance", (_, random, expected) => {
  expect(traceparent({ traceId, flags: "01", isContinued: true }, () => random)).toBe(expected);
});
