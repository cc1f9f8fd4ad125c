import { expect, test } from "vitest";
import type { Settlement } from "../../src/ledger/protocol.ts";
import { inCalls } from "../../src/ledger/settle-calls.ts";
import { deliveryRecord } from "../support/records.ts";

const MIB = 1024 * 1024;

function settlement(bytes: number): Settlement {
  const id = "01KB3Y00000000000000000000";
  const answer = { status: 200, headers: [], body: new Uint8Array(bytes) };
  const { request } = deliveryRecord({ id });
  const record = deliveryRecord({ id, answer, request: { ...request, body: undefined } });
  return {
    deliveryId: id,
    claim: undefined,
    record,
    breaker: undefined,
    counted: { origin: "sms", outcome: "answered" },
  };
}

test.each([
  ["nothing as no call", [], []],
  ["small ones as one call", [1, 1, 1], [3]],
  ["as many as fit, to the byte", [4 * MIB, 4 * MIB, 1], [2, 1]],
  ["one that is too large alone in a call of its own", [1, 9 * MIB, 1], [1, 1, 1]],
])("inCalls() sends %s", (_, bytes, lengths) => {
  expect(inCalls(bytes.map(settlement)).map(({ length }) => length)).toEqual(lengths);
});
