import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { SentWebhook } from "./sign.ts";

/** Where to connect to on this machine: what is asked for stands in the request's own bytes. */
export interface Listener {
  readonly port: number;
  readonly isTls?: boolean;
}

/** A response with every byte accounted for: one that is cut short is an error, not a short body. */
export interface RawResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The first value of a header, its name in any case. */
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** From the first byte sent to the last one received. */
  readonly durationMs: number;
}

/**
 * The request's exact bytes. `target` and `host` go onto the wire as they are, in UTF-8;
 * `Content-Length` is added for POST, and `Connection: close` always: the end of the answer is the end of the connection.
 */
export function requestBytes(request: {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}): Buffer {
  const body = request.body ?? Buffer.alloc(0);
  const head = [
    `${request.method} ${request.target} HTTP/1.1`,
    `Host: ${request.host}`,
    ...request.headers.map((header) => header.join(": ")),
    ...(request.method === "GET" ? [] : [`Content-Length: ${body.length}`]),
    ...(request.headers.some(([name]) => name === "Connection") ? [] : ["Connection: close"]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** A webhook's exact bytes: its URL is cut as text, never parsed. */
export function webhookBytes(webhook: SentWebhook): Buffer {
  const { host, target } = cutUrl(webhook.url);
  return requestBytes({ ...webhook, host, target });
}

/** Host with port, and path with query, of a URL as they stand in it. */
export function cutUrl(url: string): { readonly host: string; readonly target: string } {
  const host = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  const target = url.slice(url.indexOf("://") + 3 + host.length);
  return { host, target: target === "" ? "/" : target };
}

/** Sends a webhook and reads its whole answer. */
export async function deliver(to: Listener, webhook: SentWebhook): Promise<RawResponse> {
  return exchange(to, webhookBytes(webhook));
}

/** Sends bytes and reads the whole answer. Rejects when there is none, or only a part of one, or none in 30 s. */
export async function exchange(to: Listener, bytes: Buffer): Promise<RawResponse> {
  const startedAt = performance.now();
  const socket = open(to);
  socket.write(bytes);
  const received = await readToEnd(socket);
  return parseResponse(received, performance.now() - startedAt);
}

/** Sends a webhook and breaks the connection with RST as soon as `when` resolves. */
export async function deliverAndReset(
  to: Listener,
  webhook: SentWebhook,
  when: () => Promise<unknown>,
): Promise<void> {
  const socket = open(to);
  socket.on("error", () => {});
  socket.write(webhookBytes(webhook));
  await when();
  socket.resetAndDestroy();
}

function open(to: Listener): Socket {
  const socket =
    to.isTls === true
      ? // Whom the test talks to is not in doubt: the certificate was made a second ago.
        connectTls({ port: to.port, host: "127.0.0.1", rejectUnauthorized: false })
      : connect({ port: to.port, host: "127.0.0.1" });
  socket.setNoDelay(true);
  return socket;
}

function readToEnd(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`Cannot read an answer: none in 30 s, got ${Buffer.concat(chunks)}`));
    }, 30_000);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
  });
}

function parseResponse(bytes: Buffer, durationMs: number): RawResponse {
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  if (headEnd === -1 || Number.isNaN(status)) {
    throw new Error(`Cannot read an answer: expected HTTP, got ${JSON.stringify(String(bytes))}`);
  }
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) =>
    headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const rest = bytes.subarray(headEnd + 4);
  const body =
    header("transfer-encoding") === "chunked"
      ? joinChunks(rest)
      : wholeBody(rest, Number(header("content-length") ?? 0));
  return { status, headers, header, body, durationMs };
}

function wholeBody(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) {
    throw new Error(`Cannot read an answer: expected ${length} bytes of body, got ${bytes.length}`);
  }
  return bytes;
}

function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const length = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (lineEnd === -1 || Number.isNaN(length) || lineEnd + 2 + length > bytes.length) {
      throw new Error("Cannot read an answer: its chunks end before their end");
    }
    if (length === 0) {
      return Buffer.concat(chunks);
    }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}
