import type { Clock } from "./ports.ts";

/** What `work` resolves to, or `undefined` after `patienceMs`; the work goes on. */
export async function within<T>(
  work: Promise<T>,
  patienceMs: number,
  clock: Clock,
): Promise<T | undefined> {
  const settled = new AbortController();
  try {
    return await Promise.race([
      work,
      clock.sleep(patienceMs, settled.signal).then(() => undefined),
    ]);
  } finally {
    settled.abort();
  }
}
