import { isTable, type Table } from "./table.ts";
import { utf8 } from "./utf8.ts";

const HEAD_BYTES = 5;

/**
 * Packs JSON and bytes into one: a version byte, the length of the JSON as a 32-bit big-endian number,
 * the JSON, then the bytes as they are.
 *
 * @param version 0–255: what reads it knows nothing of other versions.
 */
export function pack(version: number, meta: unknown, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = utf8(JSON.stringify(meta));
  const packed = new Uint8Array(HEAD_BYTES + json.byteLength + bytes.byteLength);
  packed[0] = version;
  new DataView(packed.buffer).setUint32(1, json.byteLength);
  packed.set(json, HEAD_BYTES);
  packed.set(bytes, HEAD_BYTES + json.byteLength);
  return packed;
}

/** Unpacks what `pack` made of this version; `undefined` for anything else, such as what another release wrote. Never throws. */
export function unpack(
  version: number,
  packed: Uint8Array<ArrayBuffer>,
): { readonly meta: Table; readonly bytes: Uint8Array<ArrayBuffer> } | undefined {
  if (packed.byteLength < HEAD_BYTES || packed[0] !== version) return undefined;
  const bytesAt = HEAD_BYTES + new DataView(packed.buffer, packed.byteOffset).getUint32(1);
  if (bytesAt > packed.byteLength) return undefined;
  try {
    const meta: unknown = JSON.parse(
      new TextDecoder().decode(packed.subarray(HEAD_BYTES, bytesAt)),
    );
    return isTable(meta) ? { meta, bytes: packed.slice(bytesAt) } : undefined;
  } catch {
    return undefined;
  }
}
