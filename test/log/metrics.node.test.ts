import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { openMetrics } from "../../src/log/metrics.ts";
import { metricsInput as input } from "../support/metrics-input.ts";

// Debian's python3-prometheus-client, which `.ci/run` installs, has Prometheus' own parser.
const python = "/usr/bin/python3";
const parse = [
  "import json, sys",
  "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse",
  "print(json.dumps({family.name: len(family.samples) for family in parse(sys.stdin.read())}))",
].join("\n");
const hasParser =
  spawnSync(python, ["-c", "import prometheus_client.openmetrics.parser"]).status === 0;

test.skipIf(!hasParser)("is read by Prometheus' own parser (python3-prometheus-client)", () => {
  for (const each of [input, { ...input, shards: [] }, { ...input, shards: [undefined] }]) {
    const read = spawnSync(python, ["-c", parse], { input: openMetrics(each), encoding: "utf8" });
    expect(read.stderr).toBe("");
    expect(JSON.parse(read.stdout)).toMatchObject({ hookswitch: 1 });
  }
  const broken = openMetrics(input).replace("# EOF", "");
  expect(spawnSync(python, ["-c", parse], { input: broken }).status).not.toBe(0);
});
