import type { ReceiveFailure } from "../outcome.ts";
import { err, ok, type Result } from "../shared/result.ts";

/**
 * Reads a request's body as bytes, once and never more than allowed.
 *
 * A `Content-Length` over the limit is refused before a byte is read; a chunked body at the chunk that
 * crosses it, and the rest is cancelled. Fails closed.
 *
 * @param maxBodyBytes The last length that passes.
 * @returns The bytes as received, empty without a body; or why there are none. Never throws.
 */
export async function readBody(
  request: Request,
  maxBodyBytes: number,
): Promise<Result<Uint8Array<ArrayBuffer>, ReceiveFailure>> {
  const tooLarge = err({ reason: "body_too_large", maxBodyBytes } as const);
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) return tooLarge;
  if (request.body === null) return ok(new Uint8Array());
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.byteLength;
      if (length > maxBodyBytes) {
        // Not awaited: the answer does not depend on how the sender takes it.
        reader.cancel().catch(() => undefined);
        return tooLarge;
      }
      chunks.push(read.value);
    }
  } catch {
    return err({ reason: "body_unreadable" });
  }
  return ok(join(chunks, length));
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
