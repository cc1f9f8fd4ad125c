import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { close, listen } from "./loopback.ts";
import type { KeyPair } from "./self-signed.ts";

/** A request as it arrived: nothing parsed that need not be, nothing put in order. */
export interface SeenRequest {
  readonly method: string;
  /** Of the request line, to the letter. */
  readonly target: string;
  /** `target` without its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The values of a header joined with `, `, its name in any case; `undefined` when it was not there. */
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** `performance.now()` when its last byte had arrived. */
  readonly atMs: number;
  /** When its connection was closed; `undefined` while it is open. */
  closedAtMs: number | undefined;
}

/** What the origin does with a request, once it has it whole: anything that can be done to a socket. */
export type Reaction = (socket: Socket, request: SeenRequest) => void;

/** An HTTP origin over bare sockets. */
export interface OriginServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, or `https://localhost:<port>` for the name its certificate is made out to. */
  readonly base: string;
  /** Every request in the order of arrival. */
  readonly seen: readonly SeenRequest[];
  readonly seenAt: (path: string) => readonly SeenRequest[];
  /** What requests to a path meet: the first one the first reaction, and so on; the last reaction stays. */
  readonly on: (path: string, ...reactions: readonly Reaction[]) => void;
  readonly stop: () => Promise<void>;
}

/** The first byte of a TLS connection. */
const tlsHandshake = 0x16;

/** Starts one on loopback. `otherwise` is the reaction to paths that nothing was said of. */
export async function startOrigin(otherwise: Reaction, tls?: KeyPair): Promise<OriginServer> {
  const seen: SeenRequest[] = [];
  const scripts = new Map<string, readonly Reaction[]>();
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();

  function react(socket: Socket, request: SeenRequest): void {
    const count = counts.get(request.path) ?? 0;
    counts.set(request.path, count + 1);
    seen.push(request);
    const script = scripts.get(request.path) ?? [otherwise];
    script[Math.min(count, script.length - 1)]?.(socket, request);
  }

  function accept(socket: Socket): void {
    const own: SeenRequest[] = [];
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      for (const request of own) {
        request.closedAtMs = performance.now();
      }
    });
    socket.on("error", () => {}); // Clients that break off are what this is for.
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received[0] === tlsHandshake) {
        socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); // As nginx tells who speaks https to http.
        return;
      }
      for (let cut = cutRequest(received); cut !== undefined; cut = cutRequest(received)) {
        received = received.subarray(cut.bytes);
        own.push(cut.request);
        react(socket, cut.request);
      }
    });
  }

  const server: Server =
    tls === undefined
      ? createServer(accept)
      : createTlsServer({ key: tls.privateKey, cert: tls.certificate }, accept);
  const port = await listen(server);
  return {
    port,
    base: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    seen,
    seenAt: (path) => seen.filter((request) => request.path === path),
    on: (path, ...reactions) => {
      scripts.set(path, reactions);
      counts.delete(path);
    },
    stop: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await close(server);
    },
  };
}

function cutRequest(
  received: Buffer,
): { readonly request: SeenRequest; readonly bytes: number } | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) {
    return undefined;
  }
  const [requestLine = "", ...lines] = received
    .subarray(0, headEnd)
    .toString("latin1")
    .split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string): string | undefined => {
    const values = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
    return values.length === 0 ? undefined : values.map(([, value]) => value).join(", ");
  };
  // The Worker has the whole body before it forwards, so its length is always told.
  const bytes = headEnd + 4 + Number(header("content-length") ?? 0);
  if (received.length < bytes) {
    return undefined;
  }
  const [method = "", target = ""] = requestLine.split(" ");
  const request: SeenRequest = {
    method,
    target,
    path: target.replace(/\?.*/, ""),
    headers,
    header,
    body: received.subarray(headEnd + 4, bytes),
    atMs: performance.now(),
    closedAtMs: undefined,
  };
  return { request, bytes };
}
