import type { Clock } from "./ports.ts";

/** What `work` resolves to, or `undefined` after `patienceMs`; the work goes on, and no timer is left behind it. */
export function within<T>(
  work: Promise<T>,
  patienceMs: number,
  clock: Clock,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => resolve(undefined));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
