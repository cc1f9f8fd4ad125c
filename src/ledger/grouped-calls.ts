/** An isolate is busy with a shard when so many calls came within so many ms; less gains nothing by waiting. */
const BUSY_CALLS = 5;
const BUSY_MS = 10;
/** So long calls wait for one another then, ms. */
const GATHER_MS = 2;
/** The most in one call: with the largest answers that travel along with claims, 4 MB. */
const MAX_GROUP = 64;
/** A group that was not sent after so long, ms, went down with its carrier. */
const CARRIER_PATIENCE_MS = 50;

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

interface Member<Q, R> {
  readonly request: Q;
  /** `undefined`: ask by yourself. */
  readonly resolve: (reply: R | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls of one kind from one isolate to one shard: each at once while there are few, and together while there are
 * many, since a call costs the Worker and the object more than what is asked with it. Who comes first carries a
 * group, inside of its own `waitUntil`; what it resolves for others is plain data. Each that a group got no answer
 * for asks by itself: it is the second call that a failed one is worth anyway, and an object of the release before
 * knows no calls for several.
 *
 * Where a carrier dies on the way its group hears nothing: the caller bounds how long it waits (G7).
 */
export function groupedCalls<Q, R>(): GroupedCall<Q, R> {
  /** Instants of the last calls, oldest first. */
  let recentAtMs: readonly number[] = [];
  let group: { readonly openedAtMs: number; readonly members: Member<Q, R>[] } | undefined;

  async function carry(members: readonly Member<Q, R>[], sender: CallSender<Q, R>): Promise<void> {
    await sender.sleep(GATHER_MS);
    if (group?.members === members) group = undefined;
    try {
      const replies = await sender.all(members.map(({ request }) => request));
      for (const [index, { resolve }] of members.entries()) resolve(replies[index]);
    } catch (error) {
      for (const { resolve, reject } of members)
        if (sender.mayAskAgain(error)) resolve(undefined);
        else reject(error);
    }
  }

  function join(request: Q, sender: CallSender<Q, R>): Promise<R | undefined> {
    return new Promise((resolve, reject) => {
      const nowMs = sender.nowMs();
      const isOpen =
        group !== undefined &&
        group.members.length < MAX_GROUP &&
        nowMs - group.openedAtMs < CARRIER_PATIENCE_MS;
      if (group !== undefined && isOpen) {
        group.members.push({ request, resolve, reject });
        return;
      }
      group = { openedAtMs: nowMs, members: [{ request, resolve, reject }] };
      sender.waitUntil(carry(group.members, sender));
    });
  }

  return async (request, sender) => {
    const nowMs = sender.nowMs();
    recentAtMs = [...recentAtMs, nowMs].slice(-BUSY_CALLS);
    const isBusy = recentAtMs.length === BUSY_CALLS && nowMs - (recentAtMs[0] ?? 0) < BUSY_MS;
    return (isBusy ? await join(request, sender) : undefined) ?? sender.one(request);
  };
}
