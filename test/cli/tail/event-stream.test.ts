import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventStreamReader, type StreamEvent } from "../../../src/cli/tail/event-stream.ts";

const stream =
  "retry: 2000\n\n: a comment\n\nid: a1\nevent: delivery\ndata: {}\n\ndata: one\r\ndata:two\r\n\r\nid: a2\n\nid: a3\ndata: cut";

/** Reads it in pieces that end at these places. */
function read(cuts: readonly number[]): {
  readonly events: readonly StreamEvent[];
  readonly lastEventId: string | undefined;
  readonly retryMs: number | undefined;
} {
  const take = eventStreamReader();
  const ends = [...cuts.toSorted((a, b) => a - b), stream.length];
  const pieces = ends.map((end, at) => take(stream.slice(ends[at - 1] ?? 0, end)));
  const events = pieces.flatMap((piece) => piece.events);
  const { lastEventId, retryMs } = pieces.at(-1) ?? { lastEventId: undefined, retryMs: undefined };
  return { events, lastEventId, retryMs };
}

const whole = {
  events: [
    { type: "delivery", data: "{}" },
    { type: "message", data: "one\ntwo" },
  ],
  // That of an event that breaks off does not count: it was not told.
  lastEventId: "a2",
  retryMs: 2_000,
};

describe("eventStreamReader()", () => {
  test("gives events, the last id and the time to wait", () => {
    expect(read([])).toEqual(whole);
  });

  test("gives the same wherever the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        expect(read(cuts)).toEqual(whole);
      }),
    );
  });

  test("gives an event as soon as it is whole, and its id with it", () => {
    const take = eventStreamReader();
    expect(take("id: a\ndata: 1\n")).toEqual({ events: [], lastEventId: undefined });
    expect(take("\n")).toEqual({ events: [{ type: "message", data: "1" }], lastEventId: "a" });
  });
});
