import type { OriginClient } from "../shared/ports.ts";
import { readBounded } from "../shared/read-bounded.ts";
import type { OriginReply, OriginRequest } from "./origin.ts";

const MAX_MESSAGE_CHARACTERS = 200;

/** Origins and fallbacks over the runtime's own `fetch()`. */
export const originClient: OriginClient = { send };

/**
 * Sends one request and reads its answer to the end, or to `maxBodyBytes`.
 *
 * The signal bounds headers and body together; when it aborts, or there is too much body, the
 * connection is dropped. Redirects are not followed: Twilio follows them itself, and would have to
 * sign again.
 */
async function send(request: OriginRequest, signal: AbortSignal): Promise<OriginReply> {
  let hasHeaders = false;
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      // A zone's cache rules could otherwise answer a GET. The runtime adds Cache-Control and Pragma to it.
      ...(request.method === "GET" ? { cache: "no-store" } : {}),
      redirect: "manual",
      signal,
    });
    hasHeaders = true;
    const { status, headers } = response;
    const body = await bodyOf(response, request.maxBodyBytes);
    if (body === undefined) {
      return { kind: "too_large", status, headers, maxBodyBytes: request.maxBodyBytes };
    }
    return { kind: "answered", status, headers, setCookies: headers.getSetCookie(), body };
  } catch (error) {
    return threw(error, signal, hasHeaders);
  }
}

/** `undefined` when there is more than allowed. */
async function bodyOf(
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const length = response.headers.get("content-length");
  // Of a length that is said no more can come, and the runtime itself reads it at a third of the cost: asking for
  // `body` alone makes a stream. What is compressed has another length when it is read.
  const isPlain = /^\d+$/.test(length ?? "") && !response.headers.has("content-encoding");
  if (!isPlain || Number(length) > maxBytes) return readBounded(response.body, maxBytes);
  const body = new Uint8Array(await response.arrayBuffer());
  return body.byteLength > maxBytes ? undefined : body;
}

/** An abort for any reason of the caller's is an `AbortError`, a timeout stays one. */
function threw(error: unknown, signal: AbortSignal, afterHeaders: boolean): OriginReply {
  const found = error instanceof Error ? error : new Error(String(error));
  const isAbort = signal.aborted && found.name !== "TimeoutError";
  return {
    kind: "threw",
    name: isAbort ? "AbortError" : found.name,
    message: scrub(found.message),
    afterHeaders,
  };
}

/** Messages quote URLs, and those hold what must not be logged. */
function scrub(message: string): string {
  return message.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S*/gi, "<url>").slice(0, MAX_MESSAGE_CHARACTERS);
}
