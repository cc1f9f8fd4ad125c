import type { ReceiveFailure } from "../outcome.ts";
import { readBounded } from "../shared/read-bounded.ts";
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
  const length = request.headers.get("content-length");
  if (Number(length ?? 0) > maxBodyBytes) return tooLarge;
  try {
    // Of a length that is said no more comes, and the runtime reads it all at a third of the cost. Asking for `body`
    // alone makes a stream, which costs as much as reading it.
    const body = /^\d+$/.test(length ?? "")
      ? new Uint8Array(await request.arrayBuffer())
      : await readBounded(request.body, maxBodyBytes);
    return body === undefined || body.byteLength > maxBodyBytes ? tooLarge : ok(body);
  } catch {
    return err({ reason: "body_unreadable" });
  }
}
