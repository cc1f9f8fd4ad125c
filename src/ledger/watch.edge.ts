import type { Clock, LedgerWatch, ToldByShard } from "../shared/ports.ts";
import type { Stub } from "./client.edge.ts";

/** What may wait to be taken, characters: whoever reads slower than that begins anew. */
const MAX_WAITING = 4_000_000;

/** Opens a watch: a WebSocket to each shard. Rejects when one cannot be reached. */
export async function watchShards(stub: Stub, shards: number, clock: Clock): Promise<LedgerWatch> {
  const waiting: { readonly shard: number; readonly data: string }[] = [];
  let waitingCharacters = 0;
  let isOver = false;
  let wake = new AbortController();
  const end = (): void => {
    isOver = true;
    wake.abort();
  };

  const opened = await Promise.allSettled(
    Array.from({ length: shards }, (_, shard) => open(stub, shard)),
  );
  const sockets = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const close = (): void => {
    for (const socket of sockets) socket.close(1000);
    end();
  };
  const failed = opened.find((each) => each.status === "rejected");
  if (failed !== undefined) {
    close();
    throw failed.reason;
  }

  for (const [shard, socket] of sockets.entries()) {
    socket.addEventListener("message", ({ data }) => {
      waiting.push({ shard, data: String(data) });
      waitingCharacters += String(data).length;
      if (waitingCharacters > MAX_WAITING) end();
      wake.abort();
    });
    socket.addEventListener("close", end);
    socket.addEventListener("error", end);
    socket.accept();
  }

  return {
    next: async (waitMs) => {
      if (waiting.length === 0 && !isOver) {
        wake = new AbortController();
        await clock.sleep(waitMs, wake.signal);
      }
      if (isOver) return "over";
      const first = waiting.shift();
      if (first === undefined) return "quiet";
      waitingCharacters -= first.data.length;
      // oxlint-disable-next-line no-unsafe-type-assertion -- written by the ledger's Watchers only
      return { ...JSON.parse(first.data), shard: first.shard } as ToldByShard;
    },
    ask: (shard, request) => sockets[shard]?.send(JSON.stringify(request)),
    close,
  };
}

async function open(stub: Stub, shard: number): Promise<WebSocket> {
  const request = new Request("https://ledger/watch", { headers: { Upgrade: "websocket" } });
  const { webSocket } = await stub(shard).fetch(request);
  if (webSocket === null) throw new Error(`The ledger's shard ${shard} opened no watch.`);
  return webSocket;
}
