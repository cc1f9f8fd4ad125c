import { describe, expect, test } from "vitest";
import type { Stats } from "../../src/page/api-types.ts";
import {
  binned,
  heightOf,
  latencyPath,
  layerPath,
  logShare,
  niceTop,
  stacked,
  totalOf,
} from "../../src/page/charts.ts";

function stats(
  points: readonly (readonly [outcomes: Record<string, number>, p50: number | null])[],
): Stats {
  return {
    since: "2026-11-24T09:00:00.000Z",
    until: "2026-11-24T10:00:00.000Z",
    step_s: 60,
    points: points.map(([outcomes, p50], minute) => ({
      at: `2026-11-24T09:${String(minute).padStart(2, "0")}:00.000Z`,
      outcomes,
      total_ms: p50 === null ? null : { p50, p95: p50 * 2, p99: p50 * 3 },
      origin_ms: null,
      overhead_ms: null,
    })),
    totals: { outcomes: {}, origins: {}, error_codes: [], total_ms: null },
  };
}

describe("binned()", () => {
  test("leaves points that fit as they are", () => {
    const bins = binned(
      stats([
        [{ answered: 2 }, 5],
        [{}, null],
      ]),
      "total_ms",
      10,
    );
    expect(bins.map(({ outcomes }) => outcomes)).toEqual([{ answered: 2 }, {}]);
    expect(bins.map(({ latency }) => latency.p50)).toEqual([5, null]);
  });

  test("adds counts and takes the highest percentile, the last bin whole", () => {
    const three = stats([
      [{ answered: 1 }, 9],
      [{ answered: 2 }, 4],
      [{ failed: 3 }, 7],
    ]);
    expect(binned(three, "total_ms", 2)).toEqual([
      {
        at: three.points[0]?.at,
        lengthS: 60,
        outcomes: { answered: 1 },
        latency: { p50: 9, p95: 18, p99: 27 },
      },
      {
        at: three.points[1]?.at,
        lengthS: 120,
        outcomes: { answered: 2, failed: 3 },
        latency: { p50: 7, p95: 14, p99: 21 },
      },
    ]);
  });

  test("has no latency where nothing was measured", () => {
    expect(binned(stats([[{ answered: 1 }, 9]]), "origin_ms", 2)[0]?.latency).toEqual({
      p50: null,
      p95: null,
      p99: null,
    });
  });
});

test("stacked() puts the good below the bad, a minute's worth each, and what is new on top", () => {
  const bins = binned(
    stats([
      [{ failed: 1, answered: 3 }, 1],
      [{ later: 2, answered: 0 }, 1],
    ]),
    "total_ms",
    9,
  );
  const layers = stacked(bins);
  expect(layers).toEqual([
    {
      outcome: "answered",
      edges: [
        [0, 3],
        [0, 0],
      ],
    },
    {
      outcome: "failed",
      edges: [
        [3, 4],
        [0, 0],
      ],
    },
    {
      outcome: "later",
      edges: [
        [4, 4],
        [0, 2],
      ],
    },
  ]);
  expect(heightOf(layers)).toBe(4);
  expect(
    layerPath(layers[1] ?? { outcome: "", edges: [] }, { width: 10, height: 10, top: 5 }),
  ).toBe("M0 10L0.00 2.00H5.00L5.00 10.00H10.00L10.00 10.00H5.00L5.00 4.00H0.00Z");
});

test("heightOf() nothing is 0", () => {
  expect(heightOf([])).toBe(0);
});

test.each([
  [0, 1],
  [0.25, 0.3],
  [1, 1],
  [5, 6],
  [9, 10],
  [1_200, 2_000],
])("niceTop(%d) is %d", (value, expected) => {
  expect(niceTop(value)).toBeCloseTo(expected);
});

test.each([
  [0, 0],
  [1, 0],
  [10, 0.5],
  [100, 1],
  [1_000, 1],
])("logShare(%d) between 1 and 100 is %d", (value, expected) => {
  expect(logShare(value, { low: 1, high: 100 })).toBeCloseTo(expected);
});

test("latencyPath() breaks off where nothing was measured", () => {
  const path = latencyPath([1, 10, null, 100], { width: 4, height: 10 }, { low: 1, high: 100 });
  expect(path).toBe("M0.00 10.00h1.00L1.00 5.00h1.00M3.00 0.00h1.00");
});

test("a queued webhook is counted and drawn once, when it is over", () => {
  const outcomes = { queued: 3, delivered: 2, answered: 1 };
  expect(totalOf(outcomes)).toBe(3);
  expect(binned(stats([[outcomes, 5]]), "total_ms", 1)[0]?.outcomes).toEqual({
    delivered: 2,
    answered: 1,
  });
});
