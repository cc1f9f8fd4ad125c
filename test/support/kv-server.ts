import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { close, listen } from "./loopback.ts";

/** How KV behaves: `stall` takes a request and never answers it. */
export type KvMode = "ok" | "fail" | "quota" | "stall";

/** A value as it was put. */
export interface KvEntry {
  readonly value: Buffer;
  /** JSON, as sent; `undefined` when there is none. */
  readonly metadata: string | undefined;
  /** Seconds; `undefined` when it was put to stay. */
  readonly expirationTtl: number | undefined;
}

/** The other end of workerd's KV binding, which asks over HTTP. */
export interface KvServer {
  readonly port: number;
  mode: KvMode;
  readonly entries: Map<string, KvEntry>;
  /** Requests that arrived, whatever became of them. */
  readonly counts: { gets: number; puts: number };
  readonly stop: () => Promise<void>;
}

/**
 * Starts a KV on loopback that can fail or stall.
 *
 * workerd asks for `/<key, percent-encoded>?urlencoded=true`: GET is `get` (404 is a missing key), PUT is `put`
 * with `expiration_ttl` in the query and the metadata in `CF-KV-Metadata`, DELETE is `delete`.
 * It keeps no time: what has expired is for a test to remove.
 */
export async function startKv(): Promise<KvServer> {
  const entries = new Map<string, KvEntry>();
  const counts = { gets: 0, puts: 0 };
  const server = createServer((request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://kv");
    const key = decodeURIComponent(url.pathname.slice(1));
    if (request.method === "GET") {
      counts.gets++;
    } else if (request.method === "PUT") {
      counts.puts++;
    }
    const body = await readAll(request);
    switch (kv.mode) {
      case "stall":
        return;
      case "fail":
        response.writeHead(500).end("KV is away");
        return;
      case "quota":
        // What the binding is given when a day's writes are used up.
        response.writeHead(429).end("KV put() limit exceeded for the day.");
        return;
      case "ok":
        answer(request, response, { key, url, body });
    }
  }

  function answer(
    request: IncomingMessage,
    response: ServerResponse,
    asked: { readonly key: string; readonly url: URL; readonly body: Buffer },
  ): void {
    const entry = entries.get(asked.key);
    if (request.method === "PUT") {
      const metadata = request.headers["cf-kv-metadata"];
      const ttl = asked.url.searchParams.get("expiration_ttl");
      entries.set(asked.key, {
        value: asked.body,
        metadata: typeof metadata === "string" ? metadata : undefined,
        expirationTtl: ttl === null ? undefined : Number(ttl),
      });
      response.writeHead(200).end();
    } else if (request.method === "DELETE") {
      entries.delete(asked.key);
      response.writeHead(200).end();
    } else if (entry === undefined) {
      response.writeHead(404).end("Not Found");
    } else {
      response.writeHead(
        200,
        entry.metadata === undefined ? {} : { "CF-KV-Metadata": entry.metadata },
      );
      response.end(entry.value);
    }
  }

  const port = await listen(server);
  const kv: KvServer = {
    port,
    mode: "ok",
    entries,
    counts,
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
  return kv;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
