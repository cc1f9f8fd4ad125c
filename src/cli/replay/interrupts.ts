import type { Io } from "../io.ts";

/** npx passes on what the terminal has told already: one Ctrl-C comes twice, so close together. */
const SAME_MS = 1_000;

/** What Ctrl-C means while something runs elsewhere. */
export interface Interrupts {
  /** Aborted by the first one: stop it there. */
  readonly stop: AbortSignal;
  /** Aborted by another one, a second or more later: wait for nothing more. */
  readonly leave: AbortSignal;
  /** From now on Ctrl-C ends the process again; not after one, whose copy may still be on its way. */
  readonly end: () => void;
}

/** Takes Ctrl-C for the caller, until `end` is called. */
export function takeInterrupts({ onInterrupt }: Pick<Io, "onInterrupt">): Interrupts {
  const stop = new AbortController();
  const leave = new AbortController();
  let firstAtMs: number | undefined;
  const undo = onInterrupt(() => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      stop.abort();
    } else if (nowMs - firstAtMs >= SAME_MS) {
      leave.abort();
    }
  });
  const end = (): void => {
    if (!stop.signal.aborted) undo();
  };
  return { stop: stop.signal, leave: leave.signal, end };
}
