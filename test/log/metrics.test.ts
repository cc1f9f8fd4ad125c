import { describe, expect, test } from "vitest";
import { openMetrics } from "../../src/log/metrics.ts";
import { metricsInput as input } from "../support/metrics-input.ts";

/** Of one name, in the order told. */
function linesOf(text: string, name: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe("openMetrics()", () => {
  test("counts since the start of each object, which it tells", () => {
    const labels = '{shard="0",origin="an \\"odd\\"\\\\ name",outcome="answered",reason=""}';
    const text = openMetrics(input);
    expect(linesOf(text, "hookswitch_webhooks_total")).toEqual([
      `hookswitch_webhooks_total${labels} 3`,
    ]);
    expect(linesOf(text, "hookswitch_webhooks_created")).toEqual([
      `hookswitch_webhooks_created${labels} 1795000000`,
    ]);
    expect(linesOf(text, "hookswitch_twilio_errors_total")).toEqual([
      'hookswitch_twilio_errors_total{shard="0",code="11200"} 3',
    ]);
  });

  test("has durations as cumulative buckets", () => {
    const counts = linesOf(openMetrics(input), "hookswitch_answer_seconds_bucket").map((line) => [
      /le="(.+?)"/.exec(line)?.[1],
      Number(line.split(" ").at(-1)),
    ]);
    expect(Object.fromEntries(counts)).toMatchObject({
      "0.01": 0,
      "0.025": 1,
      "0.25": 2,
      "15.0": 2,
      "30.0": 3,
      "+Inf": 3,
    });
  });

  test("tells what waits and why, what is shut off, and what cannot be reached", () => {
    const lines = openMetrics(input).split("\n");
    for (const line of [
      'hookswitch_queue_deliveries{shard="0",origin="status",held="key_gone"} 3',
      'hookswitch_queue_oldest_age_seconds{shard="0",origin="status",held="key_gone"} 61.5',
      'hookswitch_breaker_closed{shard="0",origin="sms"} 0',
      'hookswitch_ledger_reachable{shard="0"} 1',
      'hookswitch_ledger_reachable{shard="1"} 0',
      "hookswitch_kv_reachable 1",
      "hookswitch_configuration_problems 1",
    ])
      expect(lines).toContain(line);
    expect(openMetrics({ ...input, kv: "unbound" })).not.toContain("\nhookswitch_kv_reachable ");
  });
});
