import { expect, test } from "vitest";
import type { Notice } from "../../src/alerts/evaluate.ts";
import { put, settle, take, type Outgoing } from "../../src/alerts/outbox.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const notice: Notice = {
  status: "firing",
  rule: "silence",
  subject: "",
  severity: "critical",
  text: "no webhook",
  sinceMs: NOON,
  atMs: NOON,
};
const one = put([], [notice], ["slack"], NOON);
const ids = (messages: readonly Outgoing[]): readonly string[] => messages.map(({ id }) => id);

test("put() makes a message for each destination, and of PagerDuty one for each alert", () => {
  const outbox = put([], [notice, notice], ["slack", "webhook", "pagerduty"], NOON);
  expect(outbox.map(({ to, notices }) => [to, notices.length])).toEqual([
    ["slack", 2],
    ["webhook", 2],
    ["pagerduty", 1],
    ["pagerduty", 1],
  ]);
  expect(new Set(ids(outbox)).size).toBe(4);
});

test("put() drops what is six hours old, and what goes to nobody any more", () => {
  const aged = (ms: number) => put(one, [], ["slack"], NOON + ms);
  expect(aged(6 * 60 * MINUTE - 1)).toEqual(one);
  expect(aged(6 * 60 * MINUTE)).toEqual([]);
  expect(put(one, [], ["webhook"], NOON)).toEqual([]);
});

test("take() gives a message to one run only, until that must be dead", () => {
  const first = take(one, NOON);
  expect(ids(first.taken)).toEqual(ids(one));
  expect(take(first.outbox, NOON).taken).toEqual([]);
  expect(take(first.outbox, NOON + 90 * SECOND - 1).taken).toEqual([]);
  expect(ids(take(first.outbox, NOON + 90 * SECOND).taken)).toEqual(ids(one));
});

test("take() lets no message pass one that waits, and those of another destination go", () => {
  const both = put(one, [], ["slack", "webhook"], NOON);
  const more = put(both, [notice], ["slack", "webhook"], NOON + 1);
  const [waiting, ...others] = more;
  if (waiting === undefined) throw new Error("There is a message");
  const { taken } = take([{ ...waiting, dueAtMs: NOON + MINUTE }, ...others], NOON + 1);
  expect(taken.map(({ to }) => to)).toEqual(["webhook"]);
});

test("settle() takes out what was sent or refused, and lets what failed wait longer each time", () => {
  const id = ids(one)[0] ?? "";
  expect(settle(one, [id], [{ id, end: "sent" }], NOON)).toEqual([]);
  expect(settle(one, [id], [{ id, end: "refused" }], NOON)).toEqual([]);
  const waits: number[] = [];
  let outbox = one;
  for (let n = 0; n < 7; n++) {
    outbox = settle(outbox, [id], [{ id, end: "failed" }], NOON);
    waits.push(((outbox[0]?.dueAtMs ?? 0) - NOON) / SECOND);
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
});

test("settle() makes due at once what was taken and not tried, and leaves alone what somebody else has", () => {
  const { outbox } = take(put([], [notice, notice], ["pagerduty"], NOON), NOON);
  const [first = "", second = ""] = ids(outbox);
  const after = settle(outbox, [first], [], NOON + 1);
  expect(after.map(({ id, dueAtMs }) => [id, dueAtMs - NOON])).toEqual([
    [first, 1],
    [second, 90 * SECOND],
  ]);
});
