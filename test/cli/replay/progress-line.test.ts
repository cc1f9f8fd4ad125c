import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { progressBar, progressLine } from "../../../src/cli/replay/progress-line.ts";
import { planOf } from "../../support/shown-plan.ts";

const plan = planOf(); // 45 of 120
const watched = { plan, handledBefore: 0, elapsedMs: 4_500, columns: 120 };

test("progressLine() tells how far it is, without a bar", () => {
  expect(progressLine(plan)).toBe("45 of 120: 40 delivered, 3 failed, 2 skipped");
});

describe("progressBar()", () => {
  test("draws the share that is done with, rounded down", () => {
    expect(progressBar(watched)).toBe(
      "[###########...................]  45/120  40 delivered, 3 failed, 2 skipped  8 s left",
    );
  });

  test("is full only when nothing is left", () => {
    const nearly = planOf({ sent: 117, delivered: 114 });
    expect(progressBar({ ...watched, plan: nearly })).toContain("#.]");
    const whole = planOf({ sent: 118, delivered: 115 });
    const bar = progressBar({ ...watched, plan: whole });
    expect(bar).toMatch(/^\[#{30}\] {2}120\/120 .* skipped$/u);
  });

  test("gives no time before there is a pace, which what was done before does not make", () => {
    expect(progressBar({ ...watched, handledBefore: 45 })).not.toContain("left");
    expect(progressBar({ ...watched, handledBefore: 44 })).toContain("6 min left");
  });

  test.each([
    [54_000, "90 s left"],
    [54_001, "2 min left"],
    [3_240_000, "90 min left"],
    [3_240_001, "2 h left"],
  ])("tells the time left in the unit that fits, after %d ms", (elapsedMs, left) => {
    expect(progressBar({ ...watched, elapsedMs })).toContain(left);
  });

  test("becomes shorter with the terminal, and then goes without its bar", () => {
    const words = "45/120  40 delivered, 3 failed, 2 skipped  8 s left";
    const longest = words.replace("8 s", "90 min");
    const columns = 1 + "[]  ".length + 10 + longest.length;
    expect(progressBar({ ...watched, columns })).toBe(`[###.......]  ${words}`);
    expect(progressBar({ ...watched, columns: columns - 1 })).toBe(words);
    expect(progressBar({ ...watched, columns: 11 })).toBe("45/120  40");
  });

  test("cuts a time that has no room", () => {
    const drawn = progressBar({ ...watched, elapsedMs: 1e12, columns: 70 });
    expect(drawn).toMatch(/^\[#+\.+\] {2}45\/120 {2}40 delivered.* {2}46296/u);
    expect(drawn).toHaveLength(69);
  });

  test("never reaches the end of the line, whatever the counts", () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.nat(100_000),
        fc.nat(200_000),
        fc.nat(1_000_000_000),
        (columns, deliveries, sent, elapsedMs) => {
          const drawn = progressBar({
            plan: planOf({ deliveries, sent, delivered: sent, failed: 0 }),
            handledBefore: 0,
            elapsedMs,
            columns,
          });
          expect(drawn.length).toBeLessThanOrEqual(Math.max(0, columns - 1));
        },
      ),
    );
  });
});
