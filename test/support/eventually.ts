import { setTimeout as sleep } from "node:timers/promises";

/** Asks `probe` every 10 ms until it gives something other than `undefined` or `false`. Rejects after `withinMs`. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() > until) {
      throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    }
    await sleep(10);
  }
}

/** Runs `work` on every item, at most `width` at a time, and gives the results in the items' order. */
export async function mapLimited<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = Array.from<R>({ length: items.length });
  const entries = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of entries) {
        results[index] = await work(item, index);
      }
    }),
  );
  return results;
}
