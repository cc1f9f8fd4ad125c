import { describe, expect, test } from "vitest";
import { oneTimer } from "../../src/shared/one-timer.ts";
import type { Clock } from "../../src/shared/ports.ts";
import { within } from "../../src/shared/within.ts";
import { fakeClock } from "../support/fake-clock.ts";

/** One over a clock that moves when told, and the delays of the timers that were set. */
function counted() {
  const base = fakeClock();
  const set: number[] = [];
  const counting: Clock = {
    ...base,
    after: (delayMs, fire) => {
      set.push(delayMs);
      return base.after(delayMs, fire);
    },
  };
  return { base, set, clock: oneTimer(counting) };
}

describe("oneTimer()", () => {
  test("sets one timer for bounds of which none is run into", async () => {
    const { clock, set } = counted();
    await within(Promise.resolve(1), 1_000, clock);
    await within(Promise.resolve(2), 14_000, clock);
    await within(Promise.resolve(3), 1_000, clock);
    expect(set).toEqual([1_000]);
  });

  test("fires each at its time, whatever the order they were asked for in", async () => {
    const { base, clock } = counted();
    const startedAtMs = base.now();
    const fired: [string, number][] = [];
    for (const [name, delayMs] of [
      ["c", 300],
      ["a", 100],
      ["d", 900],
      ["b", 200],
    ] as const)
      clock.after(delayMs, () => fired.push([name, base.now() - startedAtMs]));
    await base.run(clock.sleep(1_000));
    expect(fired).toEqual([
      ["a", 100],
      ["b", 200],
      ["c", 300],
      ["d", 900],
    ]);
  });

  test("goes on to what is due later when the timer it was set for was taken back", async () => {
    const { base, clock } = counted();
    const startedAtMs = base.now();
    clock.after(100, () => expect.unreachable())();
    await base.run(clock.sleep(500));
    expect(base.now() - startedAtMs).toBe(500);
  });

  test("fires what is asked for by what fires", async () => {
    const { base, clock } = counted();
    const startedAtMs = base.now();
    const nested = new Promise((resolve) =>
      clock.after(100, () => clock.after(0, () => resolve(base.now() - startedAtMs))),
    );
    expect(await base.run(nested)).toBe(100);
  });

  test("fires although the runtime's clock stands a little before the time it was set for", () => {
    let nowMs = 1_000;
    const timers: (() => void)[] = [];
    const clock = oneTimer({
      now: () => nowMs,
      sleep: async () => undefined,
      after: (_delayMs, fire) => {
        timers.push(fire);
        return () => undefined;
      },
    });
    let fired = 0;
    clock.after(100, () => fired++);
    nowMs = 1_099;
    timers[0]?.();
    expect([fired, timers.length]).toEqual([1, 1]);
  });

  test("bounds what never ends", async () => {
    const { base, clock } = counted();
    const never = new Promise<never>(() => undefined);
    expect(await base.run(within(never, 250, clock))).toBeUndefined();
  });

  test("ends a sleep when it is told to", async () => {
    const { base, clock } = counted();
    const startedAtMs = base.now();
    const controller = new AbortController();
    const slept = clock.sleep(5_000, controller.signal);
    controller.abort();
    await slept;
    expect(base.now()).toBe(startedAtMs);
  });
});
