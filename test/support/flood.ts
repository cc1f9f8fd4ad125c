import { on } from "node:events";
import { connect } from "node:net";
import type { Listener } from "./raw-http.ts";

/** So many requests are on their way on one connection at a time. */
const PIPELINED = 50;
const CONNECTIONS = 8;

/**
 * Sends requests one after the other on connections that stay open, without waiting for each answer, and
 * counts the answers by status. The bytes must not ask for the connection to be closed.
 *
 * @param requests Sent in turn, over and over.
 */
export async function flood(
  to: Listener,
  requests: readonly Buffer[],
  count: number,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  let sent = 0;

  /** The next requests of the flood. */
  function take(size: number): Buffer {
    const batch = Array.from({ length: size }, () => requests[sent++ % requests.length]);
    return Buffer.concat(batch.filter((request) => request !== undefined));
  }

  async function keepSending(): Promise<void> {
    const socket = connect({ port: to.port, host: "127.0.0.1" });
    const chunks = on(socket, "data", { close: ["close"] });
    while (sent < count) {
      const size = Math.min(PIPELINED, count - sent);
      socket.write(take(size));
      for (const status of await readStatuses(chunks, size)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    socket.destroy();
  }

  await Promise.all(Array.from({ length: CONNECTIONS }, keepSending));
  return statuses;
}

/** Reads so many answers. Bodies are short and end in a line break, and none of them looks like a status line. */
async function readStatuses(
  chunks: AsyncIterator<Buffer[]>,
  count: number,
): Promise<readonly number[]> {
  let text = "";
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) {
      throw new Error(`Cannot read an answer: the connection was closed after ${text}`);
    }
    text += Buffer.concat(next.value).toString("latin1");
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    if (statuses.length === count && text.endsWith("\n")) {
      return statuses;
    }
  }
}
