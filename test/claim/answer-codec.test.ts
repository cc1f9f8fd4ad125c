import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAnswer, encodeAnswer } from "../../src/claim/answer-codec.ts";

const stored = {
  answer: {
    status: 201,
    headers: [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=ü"],
    ] as const,
    body: Uint8Array.from([0, 255, 128]),
  },
  deliveryId: "01KB3Y00000000000000000000",
};

test("decodeAnswer() gives back what encodeAnswer() was given, byte for byte", () => {
  expect(decodeAnswer(encodeAnswer(stored).buffer)).toEqual(stored);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (body) => {
      const answer = { ...stored.answer, body: Uint8Array.from(body) };
      expect(decodeAnswer(encodeAnswer({ ...stored, answer }).buffer)?.answer.body).toEqual(
        answer.body,
      );
    }),
  );
});

test.each([
  ["nothing", []],
  ["too little", [1, 0, 0, 0]],
  ["another version", [2, 0, 0, 0, 0]],
  ["a length that leads out of it", [1, 0, 0, 0, 9, 123]],
  ["what is not JSON", [1, 0, 0, 0, 1, 33]],
])("decodeAnswer() knows that %s is none of ours", (_, bytes) => {
  expect(decodeAnswer(Uint8Array.from(bytes).buffer)).toBeUndefined();
});

test("decodeAnswer() takes any bytes without throwing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeAnswer(Uint8Array.from(bytes).buffer);
    }),
  );
});
