import { sleepBy } from "./one-timer.ts";
import type { Clock, Random } from "./ports.ts";

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: sleepBy(after),
  after,
};

function after(delayMs: number, fire: () => void): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
}

/** The runtime's own source for keys. */
export function systemRandomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** The runtime's own chance: good enough for jitter and ids, never for keys. */
export const systemRandom: Random = () => Math.random();
