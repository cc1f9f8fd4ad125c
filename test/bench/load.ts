import { connect, type Socket } from "node:net";

/** What a phase of load came to. */
export interface Load {
  readonly requests: number;
  /** Answers of another status than was expected, and connections that broke. */
  readonly failed: number;
  readonly seconds: number;
  /** Each from the instant it was due to the last byte of its answer, sorted, ms. */
  readonly latenciesMs: readonly number[];
}

/** Where load goes, and what it is made of. */
export interface Target {
  readonly port: number;
  /** The bytes of the next request. */
  readonly next: () => Buffer;
  readonly isExpected: (status: number) => boolean;
}

/** As much as goes: each connection sends its next request when it has the answer to the last one. */
export async function saturate(
  target: Target,
  connections: number,
  seconds: number,
): Promise<Load> {
  const latencies: number[] = [];
  let failed = 0;
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + seconds * 1_000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new Connection(target.port);
      while (performance.now() < endsAtMs) {
        const sentAtMs = performance.now();
        const status = await connection.send(target.next());
        latencies.push(performance.now() - sentAtMs);
        if (!target.isExpected(status)) failed++;
      }
      connection.close();
    }),
  );
  return load(latencies, failed, startedAtMs);
}

/** So many a second, whatever becomes of those before: what waits for a free connection has begun all the same. */
export async function atRate(target: Target, perSecond: number, seconds: number): Promise<Load> {
  const latencies: number[] = [];
  let failed = 0;
  const total = Math.max(1, Math.round(perSecond * seconds));
  const free: Connection[] = [];
  const all: Connection[] = [];
  const waiting: number[] = [];
  let answered = 0;
  const startedAtMs = performance.now();
  await new Promise<void>((resolve) => {
    const begin = (dueAtMs: number, connection: Connection): void => {
      void connection.send(target.next()).then((status) => {
        latencies.push(performance.now() - dueAtMs);
        if (!target.isExpected(status)) failed++;
        answered++;
        const next = waiting.shift();
        if (next === undefined) free.push(connection);
        else begin(next, connection);
        if (answered === total) resolve();
      });
    };
    let sent = 0;
    const tick = (): void => {
      const nowMs = performance.now();
      while (sent < total && startedAtMs + (sent * 1_000) / perSecond <= nowMs) {
        sent++;
        let connection = free.pop();
        if (connection === undefined && all.length < MAX_CONNECTIONS) {
          connection = new Connection(target.port);
          all.push(connection);
        }
        if (connection === undefined) waiting.push(nowMs);
        else begin(nowMs, connection);
      }
      if (sent < total) setTimeout(tick, 1);
    };
    tick();
  });
  for (const connection of all) connection.close();
  return load(latencies, failed, startedAtMs);
}

/** The latency that a part of all is below, ms. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const MAX_CONNECTIONS = 256;

function load(latencies: number[], failed: number, startedAtMs: number): Load {
  return {
    requests: latencies.length,
    failed,
    seconds: (performance.now() - startedAtMs) / 1_000,
    latenciesMs: latencies.toSorted((one, other) => one - other),
  };
}

/** One connection of HTTP/1.1 over a bare socket: what it costs here must not be what is measured. */
class Connection {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer | undefined;
  #answer: ((status: number) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** @returns The status of the answer, once it is there whole; 0 when the connection broke. */
  send(request: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#received = undefined;
      this.#socket ??= this.#open();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.on("data", (data) => this.#take(data));
    const broken = (): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#end(0);
    };
    socket.on("close", broken);
    socket.on("error", broken);
    return socket;
  }

  #take(data: Buffer): void {
    const received = this.#received === undefined ? data : Buffer.concat([this.#received, data]);
    this.#received = received;
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const text = received.toString("latin1", 0, head).toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
    const isWhole =
      length === undefined
        ? !text.includes("chunked") || received.subarray(-5).toString("latin1") === "0\r\n\r\n"
        : received.length >= head + 4 + Number(length);
    if (isWhole) this.#end(Number(text.slice(9, 12)));
  }

  #end(status: number): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(status);
  }
}
