import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { close, listen } from "./loopback.ts";

/** What stands before a Worker, as a zone of Cloudflare's or somebody's own proxy does. */
export interface Zone {
  readonly base: string;
  /** What the Worker is asked for in place of what came; the request target, one character a byte. */
  rewrite: (target: string) => string;
  /** Answers in place of the Worker, where it returns true. */
  block: (request: IncomingMessage, body: string, response: ServerResponse) => boolean;
  /** The request lines that came, method and target. */
  readonly seen: string[];
  readonly stop: () => Promise<void>;
}

/** Passes on to a port of this machine what it neither changes nor blocks. */
export async function startZone(toPort: number): Promise<Zone> {
  const server = createServer((request, response) => {
    void pass(request, response).catch(() => response.destroy());
  });
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { method = "GET", url = "/" } = request;
    zone.seen.push(`${method} ${url}`);
    if (zone.block(request, body.toString(), response)) return;
    const path = zone.rewrite(url);
    const headers = request.rawHeaders;
    const asked = ask({ port: toPort, host: "127.0.0.1", method, path, headers, agent: false });
    asked.on("response", (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.pipe(response);
    });
    asked.on("error", () => response.destroy());
    asked.end(body);
  }
  const zone: Zone = {
    base: `http://127.0.0.1:${await listen(server)}`,
    rewrite: (target) => target,
    block: () => false,
    seen: [],
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
  return zone;
}
