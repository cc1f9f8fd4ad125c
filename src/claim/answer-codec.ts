import type { AnswerStored } from "./stored-answer.ts";

const VERSION = 1;
const HEAD_BYTES = 5;

/**
 * Packs an answer for KV: a version byte, the length of what follows as a 32-bit big-endian number,
 * that much JSON (status, headers, delivery), then the body's bytes as they are.
 */
export function encodeAnswer({ answer, deliveryId }: AnswerStored): Uint8Array<ArrayBuffer> {
  const meta = new TextEncoder().encode(
    JSON.stringify({ status: answer.status, headers: answer.headers, deliveryId }),
  );
  const bytes = new Uint8Array(HEAD_BYTES + meta.byteLength + answer.body.byteLength);
  bytes[0] = VERSION;
  new DataView(bytes.buffer).setUint32(1, meta.byteLength);
  bytes.set(meta, HEAD_BYTES);
  bytes.set(answer.body, HEAD_BYTES + meta.byteLength);
  return bytes;
}

/** Unpacks what `encodeAnswer` made; `undefined` for anything else, such as what another release wrote. Never throws. */
export function decodeAnswer(stored: ArrayBuffer): AnswerStored | undefined {
  if (stored.byteLength < HEAD_BYTES) return undefined;
  const view = new DataView(stored);
  if (view.getUint8(0) !== VERSION) return undefined;
  const bodyAt = HEAD_BYTES + view.getUint32(1);
  if (bodyAt > stored.byteLength) return undefined;
  try {
    const meta = JSON.parse(new TextDecoder().decode(stored.slice(HEAD_BYTES, bodyAt)));
    const { status, headers, deliveryId } = meta;
    return { answer: { status, headers, body: new Uint8Array(stored.slice(bodyAt)) }, deliveryId };
  } catch {
    return undefined;
  }
}
