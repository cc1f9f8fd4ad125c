const encoder = new TextEncoder();

/** A text as UTF-8 bytes in a buffer of their own. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encoder.encode(text));
}
