import { expect, test } from "vitest";
import { breakers } from "../../src/forward/breakers.ts";

test("breakers() tell when each opened last, also after it has closed again", () => {
  const all = breakers();
  const fail = (nowMs: number): void => {
    for (let n = 0; n < 5; n++) all.feed("sms", "timeout", nowMs);
  };
  all.feed("sms", "answered", 1_000);
  expect(all.states(1_000)).toEqual([{ origin: "sms", state: "closed" }]);
  fail(2_000);
  expect(all.states(3_000)).toEqual([{ origin: "sms", state: "open", openedAgoMs: 1_000 }]);
  fail(4_000); // it is open already
  all.feed("sms", "answered", 5_000);
  expect(all.states(6_000)).toEqual([{ origin: "sms", state: "closed", openedAgoMs: 4_000 }]);
  fail(7_000);
  expect(all.states(7_000)).toEqual([{ origin: "sms", state: "open", openedAgoMs: 0 }]);
});
