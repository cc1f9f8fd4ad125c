import { env } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { kvAnswers as Maker } from "../../src/claim/answers.edge.ts";
import { fakeClock } from "../support/fake-clock.ts";

const KEY = "ab".repeat(32);
const stored = {
  answer: {
    status: 200,
    headers: [["content-type", "text/xml"]] as const,
    body: Uint8Array.from([1, 2, 3]),
  },
  deliveryId: "01KB3Y00000000000000000000",
};

// The pause is the isolate's: each test has one of its own.
let kvAnswers: typeof Maker;
beforeEach(async () => {
  vi.resetModules();
  ({ kvAnswers } = await import("../../src/claim/answers.edge.ts"));
});
afterEach(() => reset());

/** A namespace whose writes fail with a message, as production's do. */
function failing(message: string) {
  const put = vi.fn<() => Promise<void>>(() => Promise.reject(new Error(message)));
  const get = (): Promise<never> => Promise.reject(new Error(message));
  return { put, namespace: { put, get } as unknown as KVNamespace }; // oxlint-disable-line no-unsafe-type-assertion -- made to fail
}

describe("kvAnswers()", () => {
  test("gives back what it was given", async () => {
    const answers = kvAnswers(env.ANSWERS, fakeClock());
    expect(await answers.put(KEY, stored, 600)).toBe(true);
    expect(await answers.get(KEY)).toEqual(stored);
  });

  test("knows nothing of another key, nor of what another release wrote", async () => {
    await env.ANSWERS.put(`answer/${KEY}`, "something else");
    const answers = kvAnswers(env.ANSWERS, fakeClock());
    expect(await answers.get(KEY)).toBeUndefined();
    expect(await answers.get("cd".repeat(32))).toBeUndefined();
  });

  test("lets an answer expire", async () => {
    await kvAnswers(env.ANSWERS, fakeClock()).put(KEY, stored, 600);
    const { keys } = await env.ANSWERS.list();
    expect(keys[0]?.expiration).toBeGreaterThan(0);
  });

  test("neither throws nor writes on when the day's writes are used up, for ten minutes", async () => {
    const clock = fakeClock();
    const { put, namespace } = failing("KV put() limit exceeded for the day.");
    const answers = kvAnswers(namespace, clock);
    expect(await answers.put(KEY, stored, 600)).toBe(false);
    expect(await answers.put(KEY, stored, 600)).toBe(false);
    expect(put).toHaveBeenCalledTimes(1);
    expect((await answers.health()).isWritingPaused).toBe(true);
    clock.advance(600_000);
    await answers.put(KEY, stored, 600);
    expect(put).toHaveBeenCalledTimes(2);
  });

  test("does not pause for a passing failure, and has no answer then", async () => {
    const { put, namespace } = failing("internal error");
    const answers = kvAnswers(namespace, fakeClock());
    expect(await answers.put(KEY, stored, 600)).toBe(false);
    expect(await answers.put(KEY, stored, 600)).toBe(false);
    expect(put).toHaveBeenCalledTimes(2);
    expect(await answers.get(KEY)).toBeUndefined();
    expect(await answers.health()).toEqual({ isReachable: false, isWritingPaused: false });
  });
});
