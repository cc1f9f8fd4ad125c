import { pack, unpack } from "../shared/packed.ts";
import type { AnswerStored } from "./stored-answer.ts";

const VERSION = 1;

/** Packs an answer for KV: status, headers and delivery as JSON, then the body's bytes. */
export function encodeAnswer({ answer, deliveryId }: AnswerStored): Uint8Array<ArrayBuffer> {
  const { status, headers, body } = answer;
  return pack(VERSION, { status, headers, deliveryId }, body);
}

/** Unpacks what `encodeAnswer` made; `undefined` for anything else, such as what another release wrote. Never throws. */
export function decodeAnswer(stored: ArrayBuffer): AnswerStored | undefined {
  const packed = unpack(VERSION, new Uint8Array(stored));
  if (packed === undefined) return undefined;
  // oxlint-disable-next-line no-unsafe-type-assertion -- written by encodeAnswer() only
  const { status, headers, deliveryId } = packed.meta as Omit<AnswerStored["answer"], "body"> &
    Pick<AnswerStored, "deliveryId">;
  return { answer: { status, headers, body: packed.bytes }, deliveryId };
}
