/** An isolate is busy with a shard when so many calls came within so many ms; less gains nothing by waiting. */
const BUSY_CALLS = 5;
const BUSY_MS = 10;
/** So long calls wait for one another then, ms. */
const GATHER_MS = 2;
/** The most in one call: with the largest answers that travel along with claims, 4 MB. */
const MAX_GROUP = 64;
/** A group that was not sent after so long, ms, went down with its carrier. */
const CARRIER_PATIENCE_MS = 50;
/** A reply is found at most so small a part of its time after it is there. */
const LOOKS_LATE = 8;
/** After so long, ms, a group's reply is not looked for any more. */
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

/** One call of a group: plain data, since its carrier is another request. */
interface Member<Q, R> {
  readonly request: Q;
  /** What the carrier leaves here: how to end. */
  end: (() => R | "ask_alone") | undefined;
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
  let group: { readonly openedAtMs: number; readonly members: Member<Q, R>[] } | undefined;
  /** How long the last group's call took, ms: when to look first. */
  let lastTookMs = 0;

  async function carry(members: readonly Member<Q, R>[], sender: CallSender<Q, R>): Promise<void> {
    await sender.sleep(GATHER_MS);
    if (group?.members === members) group = undefined;
    const startedAtMs = sender.nowMs();
    try {
      const replies = await sender.all(members.map(({ request }) => request));
      for (const [index, member] of members.entries()) {
        const reply = replies[index];
        member.end = () => reply ?? "ask_alone";
      }
    } catch (error) {
      for (const member of members) {
        member.end = () => {
          if (sender.mayAskAgain(error)) return "ask_alone";
          throw error;
        };
      }
    }
    lastTookMs = sender.nowMs() - startedAtMs;
  }

  async function join(request: Q, sender: CallSender<Q, R>): Promise<R | "ask_alone"> {
    const nowMs = sender.nowMs();
    const member: Member<Q, R> = { request, end: undefined };
    const isOpen =
      group !== undefined &&
      group.members.length < MAX_GROUP &&
      nowMs - group.openedAtMs < CARRIER_PATIENCE_MS;
    if (group !== undefined && isOpen) {
      group.members.push(member);
      return lookFor(member, sender);
    }
    group = { openedAtMs: nowMs, members: [member] };
    const carried = carry(group.members, sender);
    sender.waitUntil(carried);
    await carried;
    return member.end?.() ?? "ask_alone";
  }

  async function lookFor(member: Member<Q, R>, sender: CallSender<Q, R>): Promise<R | "ask_alone"> {
    let waitedMs = 0;
    let nextMs = GATHER_MS + lastTookMs;
    while (waitedMs < REPLY_PATIENCE_MS) {
      await sender.sleep(nextMs);
      if (member.end !== undefined) return member.end();
      waitedMs += nextMs;
      nextMs = Math.max(1, waitedMs / LOOKS_LATE);
    }
    return "ask_alone";
  }

  return async (request, sender) => {
    const nowMs = sender.nowMs();
    recentAtMs = [...recentAtMs, nowMs].slice(-BUSY_CALLS);
    const isBusy = recentAtMs.length === BUSY_CALLS && nowMs - (recentAtMs[0] ?? 0) < BUSY_MS;
    const reply = isBusy ? await join(request, sender) : "ask_alone";
    return reply === "ask_alone" ? sender.one(request) : reply;
  };
}
