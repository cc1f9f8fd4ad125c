import { describe, expect, test } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import { foundOf, type FoundDelivery } from "../../src/ledger/search.ts";
import { deliveryStream, eventId, parseEventId } from "../../src/log/stream.ts";
import type { LedgerWatch, ToldByShard } from "../../src/shared/ports.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { deliveryRecord } from "../support/records.ts";

const NOW = 1_790_000_000_000;
const POSITION = { day: "20260921", kind: 0, seq: 7 };

function found(n: number): FoundDelivery {
  return foundOf(
    deliveryRecord({ id: newDeliveryId({ receivedAtMs: NOW + n, shard: 0, random: () => 0.5 }) }),
  );
}

/** Reads a stream of what a script tells; a number is so long a silence, ms. */
async function streamed(input: {
  readonly script: readonly (ToldByShard | number)[];
  readonly shards?: number;
  readonly lastEventId?: string;
  readonly isWanted?: (found: FoundDelivery) => boolean;
  /** Told of what has become of it, before it is read. */
  readonly onWatch?: (isClosed: () => boolean) => void;
}) {
  const clock = fakeClock(NOW);
  const asked: (readonly [shard: number, request: unknown])[] = [];
  const left = [...input.script];
  let isClosed = false;
  const watch: LedgerWatch = {
    next: async (waitMs) => {
      const step = left[0];
      if (step === undefined) return "over";
      if (typeof step !== "number") {
        left.shift();
        return step;
      }
      clock.advance(Math.min(step, waitMs));
      if (step > waitMs) left[0] = step - waitMs;
      else left.shift();
      return "quiet";
    },
    ask: (shard, request) => asked.push([shard, request]),
    close: () => {
      isClosed = true;
    },
  };
  input.onWatch?.(() => isClosed);
  const stream = deliveryStream({
    watch,
    shards: input.shards ?? 1,
    lastEventId: input.lastEventId ?? null,
    clock,
    present: async (each) => ((input.isWanted?.(each) ?? true) ? { id: each.id } : undefined),
  });
  const text = await new Response(stream).text();
  const events = text.split("\n\n").filter((block) => block !== "" && block !== "retry: 2000");
  return { text, events, asked, isClosed };
}

function event(n: number, id?: string): string {
  const data = `event: delivery\ndata: ${JSON.stringify({ id: found(n).id })}`;
  return id === undefined ? data : `id: ${id}\n${data}`;
}

const ready: ToldByShard = { shard: 0, found: [], atMs: NOW, next: null };

describe("deliveryStream()", () => {
  test("gives an id at once, so that whoever comes back misses nothing", async () => {
    const { text, events, asked, isClosed } = await streamed({ script: [ready] });
    expect(text.startsWith("retry: 2000\n\n")).toBe(true);
    expect(events).toEqual([`id: ${eventId([NOW])}`]);
    expect(asked).toEqual([[0, { sinceMs: null }]]);
    expect(isClosed).toBe(true);
  });

  test("tells what is written together with one id, on the last of it", async () => {
    const told = { shard: 0, found: [found(1), found(2)], atMs: NOW + 5 };
    const { events } = await streamed({ script: [ready, told] });
    expect(events.slice(1)).toEqual([event(1), event(2, eventId([NOW + 5]))]);
  });

  test("tells what was missed first, a page at a time, and gives no id before all of it was told", async () => {
    const { events, asked } = await streamed({
      lastEventId: eventId([NOW - 60_000]),
      script: [
        { shard: 0, found: [found(1)], atMs: NOW, next: POSITION },
        { shard: 0, found: [found(9)], atMs: NOW + 1 }, // as it happens
        { shard: 0, found: [found(2)], atMs: NOW + 2, next: null },
        { shard: 0, found: [found(3)], atMs: NOW + 3 },
      ],
    });
    expect(asked).toEqual([
      [0, { sinceMs: NOW - 60_000 }],
      [0, { sinceMs: NOW - 60_000, position: POSITION }],
    ]);
    expect(events).toEqual([
      event(1),
      event(9),
      event(2, eventId([NOW + 2])),
      event(3, eventId([NOW + 3])),
    ]);
  });

  test("waits with ids for every shard, each by its own clock", async () => {
    const { events } = await streamed({
      shards: 2,
      script: [
        ready,
        { shard: 0, found: [found(1)], atMs: NOW + 50 },
        { shard: 1, found: [], atMs: NOW - 700, next: null },
        { shard: 1, found: [found(2)], atMs: NOW - 600 },
      ],
    });
    expect(events).toEqual([
      event(1),
      `id: ${eventId([NOW + 50, NOW - 700])}`,
      event(2, eventId([NOW + 50, NOW - 600])),
    ]);
  });

  test("begins a shard that was added since with the oldest of the others", async () => {
    const { asked } = await streamed({
      shards: 3,
      lastEventId: eventId([NOW, NOW - 9]),
      script: [],
    });
    expect(asked.map(([, request]) => request)).toEqual([
      { sinceMs: NOW },
      { sinceMs: NOW - 9 },
      { sinceMs: NOW - 9 },
    ]);
  });

  test("speaks at least every 15 s, also while nothing is wanted of what comes", async () => {
    const unwanted = { shard: 0, found: [found(1)], atMs: NOW + 5 };
    const script = [ready, 10_000, unwanted, 10_000, unwanted, 20_000];
    const { events } = await streamed({ script, isWanted: () => false });
    expect(events).toEqual([
      `id: ${eventId([NOW])}`,
      `id: ${eventId([NOW + 5])}`,
      `id: ${eventId([NOW + 5])}`,
    ]);
    expect((await streamed({ shards: 2, script: [ready, 16_000] })).events).toEqual([":"]);
  });

  test("breaks, and leaves no watch behind, where what it is asked for cannot be told", async () => {
    let isClosed = (): boolean => false;
    const failing = streamed({
      script: [ready, { shard: 0, found: [found(1)], atMs: NOW + 1 }],
      isWanted: () => {
        throw new Error("the ledger is away");
      },
      onWatch: (asked) => {
        isClosed = asked;
      },
    });
    await expect(failing).rejects.toThrow("the ledger is away");
    expect(isClosed()).toBe(true);
  });

  test("ends after ten minutes, so that a token that was taken back is asked for again", async () => {
    const { events, isClosed } = await streamed({ script: [ready, 3_600_000] });
    expect(events.length).toBe(1 + 600 / 15);
    expect(isClosed).toBe(true);
  });
});

describe("parseEventId()", () => {
  test("takes an id apart", () => {
    expect(parseEventId(eventId([NOW, 0, 5]))).toEqual([NOW, 0, 5]);
  });

  test.each(["", "-", "A", "é", "12345678901", "a--b", Array(1_025).fill("a").join("-"), "1\n2"])(
    "takes %j for none",
    (text) => {
      expect(parseEventId(text)).toBeUndefined();
    },
  );
});
