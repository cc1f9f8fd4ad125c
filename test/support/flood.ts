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
  { pipelined = PIPELINED } = {},
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
      const size = Math.min(pipelined, count - sent);
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

/** Reads so many answers, each of a length that it says. */
async function readStatuses(
  chunks: AsyncIterator<Buffer[]>,
  count: number,
): Promise<readonly number[]> {
  let text = "";
  const statuses: number[] = [];
  for (;;) {
    for (let answer = cutAnswer(text); answer !== undefined; answer = cutAnswer(text)) {
      statuses.push(answer.status);
      text = text.slice(answer.length);
    }
    if (statuses.length === count) return statuses;
    const next = await chunks.next();
    if (next.done === true) {
      throw new Error(`Cannot read an answer: the connection was closed after ${text}`);
    }
    text += Buffer.concat(next.value).toString("latin1");
  }
}

/** The first answer of a text, `undefined` while it is not there whole. */
function cutAnswer(text: string): { readonly status: number; readonly length: number } | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
  const [, bodyLength] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd)) ?? [];
  if (status === undefined || bodyLength === undefined)
    throw new Error(`Cannot read an answer without status or length: ${text.slice(0, 500)}`);
  const length = headEnd + 4 + Number(bodyLength);
  return text.length < length ? undefined : { status: Number(status), length };
}
