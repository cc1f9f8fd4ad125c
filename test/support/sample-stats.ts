import type { Stats } from "../../src/page/api-types.ts";

/** A day of an application as `GET /_log/stats` would tell it: busy by day, away for an hour. */
export function sampleStats(untilMs: number): Stats {
  const step_s = 300;
  const points = Array.from({ length: 288 }, (_, index) => {
    const atMs = untilMs - (288 - index) * step_s * 1_000;
    const busy = 60 + 55 * Math.sin((index / 288) * Math.PI * 2 - 1.9) + 12 * Math.sin(index * 1.7);
    const count = Math.max(4, Math.round(busy));
    const isAway = index >= 170 && index < 182;
    const delivered = Math.round(count * 1.4);
    const p50 = (isAway ? 1_900 : 42) + 9 * Math.sin(index / 3);
    const times = {
      p50,
      p95: p50 * (isAway ? 5 : 3.4),
      p99: Math.min(14_200, p50 * (isAway ? 7 : 9)),
    };
    return {
      at: new Date(atMs).toISOString(),
      outcomes: {
        answered: isAway ? 2 : count,
        queued: delivered,
        // What waited is delivered in the quarter of an hour after.
        delivered: isAway ? 0 : delivered * (index >= 182 && index < 185 ? 5 : 1),
        fell_back: isAway ? count - 2 : index % 37 === 0 ? 1 : 0,
        failed: isAway && index % 3 === 0 ? 2 : 0,
        refused: index % 29 < 2 ? 6 : 0,
        duplicate: Math.round(count / 40),
      },
      total_ms: times,
      origin_ms: { p50: times.p50 - 4, p95: times.p95 - 6, p99: times.p99 - 9 },
      overhead_ms: { p50: 4, p95: 6, p99: 9 },
    };
  });
  const outcomes: Record<string, number> = {};
  for (const point of points)
    for (const [outcome, count] of Object.entries(point.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  const times = { p50: 44, p95: 310, p99: 2_240 };
  const { delivered = 0, queued = 0, ...respond } = outcomes;
  return {
    since: points[0]?.at ?? "",
    until: new Date(untilMs).toISOString(),
    step_s,
    points,
    totals: {
      outcomes,
      origins: {
        sms: { outcomes: respond, total_ms: times },
        status: { outcomes: { delivered, queued }, total_ms: { p50: 3, p95: 7, p99: 12 } },
        voice: {
          outcomes: { answered: 2_114, fell_back: 31 },
          total_ms: { p50: 61, p95: 420, p99: 4_010 },
        },
      },
      error_codes: [
        { code: 11217, error: "Error response code", count: 412 },
        { code: 11203, error: "HTTP communication total time out triggered", count: 37 },
        { code: 12100, error: "Document parse failure", count: 3 },
      ],
      total_ms: times,
    },
  };
}
