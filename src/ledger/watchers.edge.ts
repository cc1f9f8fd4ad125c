import type { DeliveryRecord } from "./delivery.ts";
import { changesSince } from "./changes.edge.ts";
import type { Told, WatchRequest } from "./protocol.ts";
import { foundOf } from "./search.ts";
import type { Tables } from "./tables.edge.ts";

/** Rows of one message of what was missed. */
const PAGE_ROWS = 200;

/**
 * Those who watch this object's deliveries, each by a WebSocket that hibernates: it lasts while the object
 * sleeps, so that a watcher keeps nothing awake.
 */
export class Watchers {
  readonly #ctx: DurableObjectState;
  readonly #tables: Tables;
  readonly #written: DeliveryRecord[] = [];

  constructor(ctx: DurableObjectState, tables: Tables) {
    this.#ctx = ctx;
    this.#tables = tables;
    tables.onDelivery = (record) => this.#written.push(record);
  }

  /** Opens a watch. Nothing is told before the watcher has asked, so that it misses nothing after that. */
  accept(): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** Answers a watcher: with what has changed since it was last told, page by page as it asks. */
  answer(socket: WebSocket, request: WatchRequest, nowMs: number): void {
    const { sinceMs, position } = request;
    const { found, next } =
      sinceMs === null
        ? { found: [], next: undefined }
        : changesSince(this.#tables, {
            // What came back may be anybody's text: nothing has changed since what is still to come.
            sinceMs: Math.min(sinceMs, nowMs),
            untilMs: nowMs,
            position,
            limit: PAGE_ROWS,
          });
    send(socket, { found, atMs: nowMs, next: next ?? null });
  }

  /** Tells what a transaction has written. Costs next to nothing while nobody watches. */
  tell(nowMs: number): void {
    const written = this.#written.splice(0);
    if (written.length === 0) return;
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length === 0) return;
    const told: Told = { found: written.map(foundOf), atMs: nowMs };
    for (const socket of sockets) send(socket, told);
  }

  /** Forgets what a transaction has written that was undone. */
  forget(): void {
    this.#written.length = 0;
  }
}

function send(socket: WebSocket, told: Told): void {
  try {
    socket.send(JSON.stringify(told));
  } catch {
    // It has just gone; where it was, it comes again with what it knows.
  }
}
