import type { AlertDestination } from "../config/alerts-types.ts";
import type { Notice } from "./evaluate.ts";

export type DestinationKind = AlertDestination["kind"];

/** A message to one destination, kept until it is sent or too old. */
export interface Outgoing {
  /** Stays the same when it is sent again. */
  readonly id: string;
  readonly to: DestinationKind;
  readonly notices: readonly Notice[];
  readonly createdAtMs: number;
  /** How often it was tried. */
  readonly tries: number;
  /** Not before, epoch ms: somebody is sending it, or waits. */
  readonly dueAtMs: number;
}

/** What became of a message. */
export interface SendResult {
  readonly id: string;
  /** `refused`: it will not be taken, however often it is sent. */
  readonly end: "sent" | "failed" | "refused";
}

/** A message that is so old tells of yesterday, ms. */
const TOO_OLD_MS = 6 * 60 * 60_000;
/** While a run sends, another one keeps off, ms; after that it was lost with its Worker. */
const SENDING_MS = 90_000;
const MAX_WAIT_MS = 15 * 60_000;
/** Of one destination, in one run: at 5 s each they are over before `SENDING_MS` is. */
const MAX_AT_ONCE = 12;
const MAX_KEPT = 200;

/** Adds a message to each destination. PagerDuty has one event for each alert, the others one message for all. */
export function put(
  outbox: readonly Outgoing[],
  notices: readonly Notice[],
  kinds: readonly DestinationKind[],
  nowMs: number,
): readonly Outgoing[] {
  const kept = outbox.filter(
    ({ to, createdAtMs }) => kinds.includes(to) && nowMs < createdAtMs + TOO_OLD_MS,
  );
  if (notices.length === 0) return kept;
  const parts = kinds.flatMap((to): readonly Pick<Outgoing, "to" | "notices">[] =>
    to === "pagerduty" ? notices.map((notice) => ({ to, notices: [notice] })) : [{ to, notices }],
  );
  const added = parts.map((part, n) => ({
    ...part,
    id: `alert_${nowMs}_${n}`,
    createdAtMs: nowMs,
    tries: 0,
    dueAtMs: nowMs,
  }));
  return [...kept, ...added].slice(-MAX_KEPT);
}

/** Takes what is to be sent now, in its order: of a destination nothing passes a message that waits. */
export function take(
  outbox: readonly Outgoing[],
  nowMs: number,
): { readonly taken: readonly Outgoing[]; readonly outbox: readonly Outgoing[] } {
  const byKind = Map.groupBy(outbox, ({ to }) => to);
  const taken = [...byKind.values()].flatMap((messages) => {
    const waits = messages.findIndex(({ dueAtMs }) => dueAtMs > nowMs);
    return messages.slice(0, waits === -1 ? MAX_AT_ONCE : Math.min(waits, MAX_AT_ONCE));
  });
  const dueAtMs = nowMs + SENDING_MS;
  return {
    taken,
    outbox: outbox.map((message) => (taken.includes(message) ? { ...message, dueAtMs } : message)),
  };
}

/** Takes out what is done with; what failed waits longer each time, and what was not tried is due again. */
export function settle(
  outbox: readonly Outgoing[],
  takenIds: readonly string[],
  results: readonly SendResult[],
  nowMs: number,
): readonly Outgoing[] {
  const ends = new Map(results.map(({ id, end }) => [id, end]));
  return outbox.flatMap((message) => {
    if (!takenIds.includes(message.id)) return [message];
    const end = ends.get(message.id);
    if (end === undefined) return [{ ...message, dueAtMs: nowMs }];
    if (end !== "failed") return [];
    const waitMs = Math.min(MAX_WAIT_MS, 30_000 * 2 ** message.tries);
    return [{ ...message, tries: message.tries + 1, dueAtMs: nowMs + waitMs }];
  });
}
