import type { Clock } from "./ports.ts";

/** What is to be done when, epoch ms. */
interface Due {
  readonly atMs: number;
  readonly fire: () => void;
}

/**
 * A clock for one request, whose waits share one timer: each timer of the runtime costs more than reading a body,
 * and nearly all of them are bounds that nothing runs into. What is taken back leaves the timer running; it ends
 * with the request at the latest, so this is not for a Durable Object, which a timer keeps awake.
 */
export function oneTimer(clock: Clock): Clock {
  const waiting = new Set<Due>();
  let armed: { readonly atMs: number; readonly cancel: () => void } | undefined;

  function arm(): void {
    const atMs = Math.min(...[...waiting].map((due) => due.atMs));
    if (waiting.size === 0 || (armed !== undefined && armed.atMs <= atMs)) return;
    armed?.cancel();
    armed = { atMs, cancel: clock.after(Math.max(0, atMs - clock.now()), fire) };
  }

  function fire(): void {
    // By what the timer was set for: the runtime's clock may stand a little before it.
    const nowMs = Math.max(clock.now(), armed?.atMs ?? 0);
    armed = undefined;
    for (const due of waiting) {
      if (due.atMs > nowMs || !waiting.delete(due)) continue;
      due.fire();
    }
    arm();
  }

  function after(delayMs: number, work: () => void): () => void {
    const due = { atMs: clock.now() + delayMs, fire: work };
    waiting.add(due);
    arm();
    return () => waiting.delete(due);
  }

  return { now: () => clock.now(), after, sleep: sleepBy(after) };
}

/** Sleeps by a way to wait. */
export function sleepBy(after: Clock["after"]): Clock["sleep"] {
  return (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const cancel = after(delayMs, done);
      function done(): void {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done);
    });
}
