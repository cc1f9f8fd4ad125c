import type { Clock } from "../../src/shared/ports.ts";

/** A clock that stands still until something waits for it, and then jumps to what is due next. */
export interface FakeClock extends Clock {
  /** Works until `work` has settled, moving time from timer to timer. Nothing sleeps. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Moves time without anybody waiting. */
  advance(ms: number): void;
}

/** Makes one that begins at `startMs` (epoch ms). */
export function fakeClock(startMs = 1_790_000_000_000): FakeClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  function at(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: nowMs + delayMs, fire };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  return {
    now: () => nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const cancel = at(delayMs, resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          resolve();
        });
      }),
    after: at,
    advance: (ms) => {
      nowMs += ms;
    },
    async run(work) {
      const state = { isSettled: false };
      const done = (): void => {
        state.isSettled = true;
      };
      work.then(done, done);
      for (let idle = 0; ;) {
        for (let turn = 0; turn < 5 && !state.isSettled; turn++) await macrotask();
        if (state.isSettled) return work;
        const [next] = [...timers].toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined) {
          // WebCrypto works in threads of its own, and on a busy machine that takes its time.
          if (++idle > IDLE_TURNS) throw new Error("waits for something that no timer brings");
          continue;
        }
        idle = 0;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.fire();
      }
    },
  };
}

/** So often nothing but a thread may be waited for, five turns of some ms each. */
const IDLE_TURNS = 400;

/** Lets everything run that waits for nothing but its turn; WebCrypto's work too. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
