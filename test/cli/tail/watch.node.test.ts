import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StreamEvent } from "../../../src/cli/tail/event-stream.ts";
import { watchStream } from "../../../src/cli/tail/watch.ts";
import { close, listen } from "../../support/loopback.ts";

const asked: (string | undefined)[] = [];
let baseUrl: string;

// Says one thing and then no more, as a connection does whose other end is gone without a word.
const server = createServer((request, response) => {
  asked.push(request.headers["last-event-id"]?.toString());
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(`retry: 1\n\nid: e${asked.length}\ndata: ${asked.length}\n\nid: cut\ndata: cut`);
});

beforeEach(async () => {
  baseUrl = `http://127.0.0.1:${await listen(server)}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await close(server);
});

test("watchStream() breaks off a stream that is silent, and comes back behind what it was told whole", async () => {
  const stop = new AbortController();
  const told: string[] = [];
  const failure = await watchStream(
    { baseUrl, namedUrl: undefined, token: "t", tokenName: "LOG_TOKEN", tokenSource: "a test" },
    "/stream",
    {
      onOpen: async () => void told.push("open"),
      onEvents: (events: readonly StreamEvent[]) => void told.push(...events.map((e) => e.data)),
      onLost: (detail) => void told.push(detail),
      onBack: () => {
        told.push("back");
        if (asked.length === 3) stop.abort();
      },
    },
    stop.signal,
    50,
  );
  expect(failure).toBeUndefined();
  const lost = "nothing was heard for 0.05 s";
  expect(told).toEqual(["open", "1", lost, "back", "2", lost, "back"]);
  expect(asked).toEqual([undefined, "e1", "e2"]);
});
