/** An isolate is busy with a shard when so many calls came within so many ms; less gains nothing by waiting. */
const BUSY_CALLS = 5;
const BUSY_MS = 10;
/** So long calls wait for one another then, ms. */
const GATHER_MS = 1;
/** The most in one call: with the largest answers that travel along with claims, 4 MB. */
const MAX_GROUP = 64;
/** A group that was not sent after so long, ms, went down with its carrier. */
const CARRIER_PATIENCE_MS = 50;
/** A reply is first looked for when the last one took so long, ms, and at most after so many. */
const MAX_FIRST_LOOK_MS = 20;
/** It is found at most so small a part of its time after it is there. */
const LOOKS_LATE = 8;
/** After so long, ms, it is not looked for any more: nobody waits for it. */
const REPLY_PATIENCE_MS = 10_000;

/** How one request reaches a shard's object. */
export interface CallSender<Q, R> {
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Rejects when the object cannot be reached. */
  readonly one: (request: Q) => Promise<R>;
  /** The same for several, answered in their order. */
  readonly all: (requests: readonly Q[]) => Promise<readonly R[]>;
  /** Whether a call for several that failed so is worth one for each. */
  readonly mayAskAgain: (error: unknown) => boolean;
}

/** A call of some kind: rejects when the object cannot be reached. */
export type GroupedCall<Q, R> = (request: Q, sender: CallSender<Q, R>) => Promise<R>;

/** Calls that travel together. Plain data: its carrier is one request, and the others look into it. */
interface Group<Q, R> {
  readonly openedAtMs: number;
  readonly requests: Q[];
  isSent: boolean;
  /** What came of it: replies in the order of the requests. */
  ended: { readonly replies: readonly R[] } | { readonly error: unknown } | undefined;
}

/**
 * Calls of one kind from one isolate to one shard: each at once while there are few, and together while there are
 * many, since a call costs the Worker and the object more than what is asked with it. Who comes first carries a
 * group, inside of its own `waitUntil`. Each that a group got no answer for asks by itself: it is the second call that
 * a failed one is worth anyway, and an object of the release before knows no calls for several.
 *
 * The others look for what the carrier has left them by timers of their own. It must not resolve a promise of theirs:
 * what awaits a promise has to go on in its own request, and once V8's optimising compiler has come to it (after
 * some ten thousand calls; workerd 2026-10-23) it goes on in the carrier's, where its fetch hangs and its answer is a 500.
 *
 * Where a carrier dies on the way its group hears nothing: the caller bounds how long it waits (G7).
 */
export function groupedCalls<Q, R>(): GroupedCall<Q, R> {
  /** Instants of the last calls, oldest first. */
  let recentAtMs: readonly number[] = [];
  let open: Group<Q, R> | undefined;
  /** How long the last call took that was answered, ms. */
  let lastTookMs = 0;

  async function carry(group: Group<Q, R>, sender: CallSender<Q, R>): Promise<void> {
    await sender.sleep(GATHER_MS);
    if (open === group) open = undefined;
    group.isSent = true;
    const startedAtMs = sender.nowMs();
    try {
      group.ended = { replies: await sender.all(group.requests) };
      lastTookMs = sender.nowMs() - startedAtMs;
    } catch (error) {
      group.ended = { error };
    }
  }

  /** @returns `undefined` for one that is to ask by itself. */
  async function join(request: Q, sender: CallSender<Q, R>): Promise<R | undefined> {
    const nowMs = sender.nowMs();
    if (
      open !== undefined &&
      open.requests.length < MAX_GROUP &&
      nowMs - open.openedAtMs < CARRIER_PATIENCE_MS
    ) {
      const index = open.requests.push(request) - 1;
      return lookFor(open, index, sender);
    }
    const group: Group<Q, R> = {
      openedAtMs: nowMs,
      requests: [request],
      isSent: false,
      ended: undefined,
    };
    open = group;
    const carried = carry(group, sender);
    sender.waitUntil(carried);
    await carried;
    return replyIn(group, 0, sender);
  }

  async function lookFor(
    group: Group<Q, R>,
    index: number,
    sender: CallSender<Q, R>,
  ): Promise<R | undefined> {
    let waitedMs = 0;
    let nextMs = GATHER_MS + Math.min(lastTookMs, MAX_FIRST_LOOK_MS);
    while (waitedMs < REPLY_PATIENCE_MS) {
      await sender.sleep(nextMs);
      if (group.ended !== undefined) return replyIn(group, index, sender);
      // Nothing was asked, so asking is no second call.
      if (!group.isSent && sender.nowMs() - group.openedAtMs >= CARRIER_PATIENCE_MS)
        return undefined;
      waitedMs += nextMs;
      nextMs = Math.max(1, waitedMs / LOOKS_LATE);
    }
    throw new Error("The ledger did not answer a call for several.");
  }

  function replyIn({ ended }: Group<Q, R>, index: number, sender: CallSender<Q, R>): R | undefined {
    if (ended === undefined || "replies" in ended) return ended?.replies[index];
    if (sender.mayAskAgain(ended.error)) return undefined;
    throw ended.error;
  }

  return async (request, sender) => {
    const nowMs = sender.nowMs();
    recentAtMs = [...recentAtMs, nowMs].slice(-BUSY_CALLS);
    const isBusy = recentAtMs.length === BUSY_CALLS && nowMs - (recentAtMs[0] ?? 0) < BUSY_MS;
    return (isBusy ? await join(request, sender) : undefined) ?? sender.one(request);
  };
}
