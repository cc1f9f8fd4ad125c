import { describe, expect, test } from "vitest";
import { groupedCalls, type CallSender } from "../../src/ledger/grouped-calls.ts";
import { fakeClock } from "../support/fake-clock.ts";

/** Calls that double a number, and what was asked: a number alone, a list together. */
function rig(over: Partial<CallSender<number, number>> = {}) {
  const clock = fakeClock();
  const asked: (number | readonly number[])[] = [];
  const background: Promise<unknown>[] = [];
  const sender: CallSender<number, number> = {
    nowMs: () => clock.now(),
    sleep: (delayMs) => clock.sleep(delayMs),
    waitUntil: (work) => void background.push(work),
    one: async (request) => {
      asked.push(request);
      return request * 2;
    },
    all: async (requests) => {
      asked.push(requests);
      return requests.map((request) => request * 2);
    },
    mayAskAgain: () => true,
    ...over,
  };
  const call = groupedCalls<number, number>();
  return {
    clock,
    asked,
    background,
    ask: (request: number, by: Partial<CallSender<number, number>> = {}) =>
      call(request, { ...sender, ...by }),
  };
}

const numbers = (count: number, from = 1): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe("groupedCalls()", () => {
  test("asks for each at once while there are few", async () => {
    const { clock, asked, ask } = rig();
    for (const n of numbers(20)) {
      expect(await ask(n)).toBe(n * 2);
      clock.advance(3);
    }
    expect(asked).toEqual(numbers(20));
  });

  test("asks for several together while there are many, and gives each its own reply", async () => {
    const { clock, asked, ask } = rig();
    const replies = await clock.run(Promise.all(numbers(12).map((n) => ask(n))));
    expect(replies).toEqual(numbers(12).map((n) => n * 2));
    expect(asked).toEqual([1, 2, 3, 4, numbers(8, 5)]);
  });

  test("holds nobody back for more than a millisecond", async () => {
    const { clock, ask } = rig();
    const startedAtMs = clock.now();
    await clock.run(Promise.all(numbers(12).map((n) => ask(n))));
    expect(clock.now() - startedAtMs).toBe(1);
  });

  test("finds a reply soon after it is there, with few looks", async () => {
    const { clock, ask } = rig();
    const sleeps: number[] = [];
    const sleep = (delayMs: number): Promise<void> => {
      sleeps.push(delayMs);
      return clock.sleep(delayMs);
    };
    const all = async (requests: readonly number[]): Promise<readonly number[]> => {
      await clock.sleep(40);
      return requests.map((request) => request * 2);
    };
    const startedAtMs = clock.now();
    const replies = await clock.run(Promise.all(numbers(6).map((n) => ask(n, { all, sleep }))));
    expect(replies).toEqual(numbers(6).map((n) => n * 2));
    expect(clock.now() - startedAtMs).toBeLessThan(48);
    expect(sleeps.length).toBeLessThan(30);

    // Now it is known how long it takes.
    sleeps.length = 0;
    const againAtMs = clock.now();
    await clock.run(Promise.all(numbers(6).map((n) => ask(n, { all, sleep }))));
    expect(clock.now() - againAtMs).toBeLessThan(48);
    expect(sleeps.length).toBeLessThan(15);
  });

  test("asks by itself where the carrier dies before a group was sent, as soon as that is known", async () => {
    const { clock, asked, ask } = rig();
    const sleep = (): Promise<never> => new Promise(() => undefined); // its request is ended by the platform
    const first = numbers(5).map((n) => ask(n, { sleep }));
    await Promise.all(first.slice(0, 4));
    const startedAtMs = clock.now();
    expect(await clock.run(ask(6))).toBe(12);
    expect(clock.now() - startedAtMs).toBeLessThan(60);
    expect(asked).toEqual([1, 2, 3, 4, 6]);
  });

  test("asks no second time where a group was sent and hears nothing", async () => {
    const { clock, asked, ask } = rig();
    const all = (): Promise<never> => new Promise(() => undefined);
    const ended = numbers(6).map((n) => ask(n, { all }).catch((error: unknown) => error));
    await Promise.all(ended.slice(0, 4));
    const last = await clock.run(ended[5] ?? Promise.resolve());
    expect(last).toBeInstanceOf(Error);
    expect(asked).toEqual(numbers(4));
  });

  test("goes by no call that hung: the next one is found when it is there", async () => {
    const { clock, ask } = rig();
    const slow = async (requests: readonly number[]): Promise<readonly number[]> => {
      await clock.sleep(8_000);
      return requests;
    };
    await clock.run(Promise.all(numbers(6).map((n) => ask(n, { all: slow }))));
    const startedAtMs = clock.now();
    await clock.run(Promise.all(numbers(6).map((n) => ask(n))));
    expect(clock.now() - startedAtMs).toBeLessThanOrEqual(22);
  });

  test("carries at most 64 in one call", async () => {
    const { clock, asked, ask } = rig();
    await clock.run(Promise.all(numbers(4 + 64 + 10).map((n) => ask(n))));
    expect(asked.filter((each) => typeof each !== "number").map((each) => each.length)).toEqual([
      64, 10,
    ]);
  });

  test("asks for each by itself when the call for several fails, as an older object's does", async () => {
    const all = (): Promise<never> => Promise.reject(new TypeError("no such method"));
    const { clock, asked, ask } = rig({ all });
    const replies = await clock.run(Promise.all(numbers(7).map((n) => ask(n))));
    expect(replies).toEqual(numbers(7).map((n) => n * 2));
    expect(asked).toEqual(numbers(7));
  });

  test("does not ask again an object that has too much to do", async () => {
    const all = (): Promise<never> => Promise.reject(new Error("overloaded"));
    const { clock, asked, ask } = rig({ all, mayAskAgain: () => false });
    const ended = await clock.run(Promise.allSettled(numbers(7).map((n) => ask(n))));
    expect(ended.map(({ status }) => status)).toEqual([
      ...numbers(4).map(() => "fulfilled"),
      ...numbers(3).map(() => "rejected"),
    ]);
    expect(asked).toEqual(numbers(4));
  });

  test("rejects for the one whose own call fails", async () => {
    const one = (): Promise<never> => Promise.reject(new Error("away"));
    await expect(rig({ one }).ask(1)).rejects.toThrow("away");
  });

  test("opens a new group where the one before was never sent", async () => {
    const { clock, asked, ask } = rig();
    const sleep = (): Promise<never> => new Promise(() => undefined); // its request is ended by the platform
    const first = numbers(6).map((n) => ask(n, { sleep }));
    await Promise.all(first.slice(0, 4));
    clock.advance(60);
    const later = numbers(6, 200).map((n) => ask(n));
    expect(await clock.run(Promise.all(later))).toEqual(numbers(6, 200).map((n) => n * 2));
    expect(asked.at(-1)).toEqual(numbers(2, 204));
  });
});
