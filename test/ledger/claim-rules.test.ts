import { describe, expect, test } from "vitest";
import { acceptsSettle, decideClaim, type Claim } from "../../src/ledger/claim-rules.ts";

const answer = { status: 200, headers: [], body: new Uint8Array() };
const running: Claim = {
  key: "k",
  fence: 7,
  deliveryId: "d",
  origin: "sms",
  isListed: true,
  startedAtMs: 1_000,
  endsAtMs: 2_000,
  state: "running",
  answer: undefined,
};
const done: Claim = { ...running, state: "done", answer };

describe("decideClaim()", () => {
  test("grants what nobody has claimed", () => {
    expect(decideClaim(undefined, 0)).toEqual({ verdict: "grant", takenOver: false });
  });

  test.each([
    ["running until the last millisecond of its lease", running, 1_999, { verdict: "running" }],
    ["taken over when the lease ends", running, 2_000, { verdict: "grant", takenOver: true }],
    ["answered until the last millisecond of its time", done, 1_999, { verdict: "done", answer }],
    [
      "granted anew when the answer's time is over",
      done,
      2_000,
      { verdict: "grant", takenOver: false },
    ],
    [
      "granted anew when it was released",
      { ...running, state: "released" },
      1_500,
      { verdict: "grant", takenOver: false },
    ],
    [
      "granted anew when it was interrupted",
      { ...running, state: "interrupted" },
      1_500,
      { verdict: "grant", takenOver: false },
    ],
  ] as const)("says of a claim: %s", (_, claim, nowMs, verdict) => {
    expect(decideClaim(claim, nowMs)).toEqual(verdict);
  });
});

describe("acceptsSettle()", () => {
  test.each([
    ["of the holder", running, { fence: 7, deliveryId: "d" }, true],
    [
      "of the holder after its lease, while nobody newer holds it",
      running,
      { fence: 7, deliveryId: "d" },
      true,
    ],
    ["of a holder before a newer one", running, { fence: 6, deliveryId: "old" }, false],
    [
      "without a fence, of the delivery that holds it",
      running,
      { fence: undefined, deliveryId: "d" },
      true,
    ],
    [
      "without a fence, while another one holds it",
      running,
      { fence: undefined, deliveryId: "e" },
      false,
    ],
    [
      "without a fence, where another one has the answer",
      done,
      { fence: undefined, deliveryId: "e" },
      false,
    ],
    [
      "without a fence, where nothing is known",
      undefined,
      { fence: undefined, deliveryId: "e" },
      true,
    ],
    [
      "with a fence, where the claim was lost with the process",
      undefined,
      { fence: 7, deliveryId: "d" },
      true,
    ],
  ] as const)("decides a settle %s", (_, known, settle, accepted) => {
    expect(acceptsSettle(known, settle, 1_500)).toBe(accepted);
  });
});
