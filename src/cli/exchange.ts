import * as http from "node:http";
import * as https from "node:https";
import type { WebhookRequest } from "./webhook-request.ts";

/** What came back for one request. */
export type Reply =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly contentType: string | undefined;
      /** The `Hookswitch-Delivery` header; `undefined` when somebody else answered. */
      readonly deliveryId: string | undefined;
      readonly location: string | undefined;
      readonly challenge: string | undefined;
      /** All of them, names in lower case; of a repeated one the values with commas between. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      /** From the first byte sent to the last one received, whole ms. */
      readonly timeMs: number;
    }
  | { readonly kind: "failed"; readonly message: string; readonly timeMs: number };

/**
 * What Twilio waits for an answer, in all.
 * @see https://www.twilio.com/docs/api/errors/11205 read 2026-11.
 */
const twilioTimeoutMs = 15_000;

/** What goes over the wire: a webhook, or anything else that is asked with its URL as it is typed. */
export interface WireRequest extends Pick<WebhookRequest, "url" | "headers" | "body"> {
  readonly method: string;
}

/**
 * Sends a request with the very bytes of its URL: `fetch()` would normalise them, and then what
 * arrives is not what was signed.
 *
 * Redirects are not followed. Every failure is a value; it never throws.
 *
 * @param authorization Sent beside the webhook's own headers; Twilio does so after a 401 challenge only.
 */
export async function exchange(request: WireRequest, authorization?: string): Promise<Reply> {
  const startedAtMs = performance.now();
  const timeMs = (): number => Math.round(performance.now() - startedAtMs);
  const signal = AbortSignal.timeout(twilioTimeoutMs);
  try {
    const answer = await send(request, authorization, signal);
    return { ...answer, timeMs: timeMs() };
  } catch (error) {
    const message = signal.aborted
      ? `no answer within ${twilioTimeoutMs / 1000} s, which is as long as Twilio waits`
      : connectionFailure(error).message;
    return { kind: "failed", message, timeMs: timeMs() };
  }
}

async function send(
  request: WireRequest,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Omit<Extract<Reply, { kind: "answered" }>, "timeMs">> {
  const { url } = request;
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const client = url.scheme.toLowerCase() === "https" ? https : http;
  client
    .request({
      host: url.hostname,
      port: url.port,
      method: request.method,
      path: requestTarget(url.path, url.query),
      headers: [
        "Host",
        url.authority,
        ...request.headers.flat(),
        ...(authorization === undefined ? [] : ["Authorization", authorization]),
        "Connection",
        "close",
      ],
      agent: false,
      signal,
    })
    .on("response", resolve)
    .on("error", reject)
    .end(request.body);
  const response = await promise;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return {
    kind: "answered",
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"],
    deliveryId: header(response, "hookswitch-delivery"),
    location: response.headers.location,
    challenge: response.headers["www-authenticate"],
    headers: Object.fromEntries(
      Object.keys(response.headers).map((name) => [name, header(response, name) ?? ""]),
    ),
    body: Buffer.concat(chunks),
  };
}

/** Node writes a request line as Latin-1: the UTF-8 bytes go in as one character each. */
function requestTarget(path: string, query: string | undefined): string {
  const target = `${path}${query === undefined ? "" : `?${query}`}`;
  return Buffer.from(target, "utf8").toString("latin1");
}

function header(response: http.IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Codes of Node and of its `fetch()`. */
const failures: Readonly<Record<string, string>> = {
  ECONNRESET: "the connection was closed before there was an answer",
  UND_ERR_SOCKET: "the connection was closed before there was an answer",
  ECONNREFUSED: "connection refused: nothing listens there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  UND_ERR_CONNECT_TIMEOUT: "no connection could be made in time",
};

/** With any other of these nothing was sent. */
const MAY_HAVE_ARRIVED: ReadonlySet<string> = new Set(["ECONNRESET", "UND_ERR_SOCKET"]);

/** What a request failed of, in words, and whether it may have arrived. */
export function connectionFailure(error: unknown): {
  readonly message: string;
  readonly mayHaveArrived: boolean;
} {
  // `fetch()` puts what happened under its own error.
  const own = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  if (!(own instanceof Error)) return { message: String(own), mayHaveArrived: true };
  // `localhost` has two addresses, and Node tells of both.
  const first: unknown = own instanceof AggregateError ? own.errors[0] : own;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  return {
    message: messageOf(code, own),
    mayHaveArrived: !Object.hasOwn(failures, code) || MAY_HAVE_ARRIVED.has(code),
  };
}

function messageOf(code: string, { message, name }: Error): string {
  if (code === "EPROTO") return tlsFailureMessage(message);
  if (code.startsWith("HPE_")) return "what came back is not HTTP"; // Node's parser of HTTP.
  return failures[code] ?? (message || code || name);
}

/** OpenSSL's reason stands behind its routine: `…:SSL routines:<routine>:<reason>:<file>:<line>:`. */
function tlsFailureMessage(message: string): string {
  const reason = /:SSL routines:[^:]*:([^:]+):/u.exec(message)?.[1] ?? message.trim();
  // What it makes of bytes that are no TLS record: an HTTP server's complaint, as a rule.
  if (reason === "wrong version number") return "no TLS is spoken there: is it an http URL?";
  return `the TLS handshake failed: ${reason}`;
}
