import { describe, expect, test } from "vitest";
import { readHealth, type Health } from "../../../src/cli/log/health.ts";
import { healthFindings, originFindings } from "../../../src/cli/doctor/health-findings.ts";
import { readStats } from "../../../src/cli/log/stats.ts";

const well: Health = {
  version: "0.1.0",
  problems: [],
  warnings: [],
  keys: ["TWILIO_AUTH_TOKEN#1"],
  origins: [{ name: "sms", host: undefined, path: "/sms", isForwarded: true }],
  shards: [{ shard: 0, isReachable: true, full: 0.1 }],
  breakers: [],
  queue: [],
  kv: "ok",
};

const told = (health: Partial<Health>): readonly string[] =>
  healthFindings({ ...well, ...health }).map(
    ({ check, state, detail }) => `${check} ${state} ${detail}`,
  );

describe("healthFindings()", () => {
  test("has nothing but good to say of what is well", () => {
    for (const line of told({})) expect(line).toContain(" ok ");
  });

  test.each<readonly [Partial<Health>, string]>([
    [
      { problems: [{ key: "ORIGINS.sms.url", message: "no URL" }] },
      "configuration failed ORIGINS.sms.url: no URL",
    ],
    [
      { problems: [{ key: "TWILIO_AUTH_TOKEN", message: "found none" }] },
      "keys failed TWILIO_AUTH_TOKEN: found none",
    ],
    [{ warnings: [{ key: "a", message: "b" }] }, "configuration warning a: b"],
    [
      { shards: [{ shard: 3, isReachable: false, full: 0 }] },
      "ledger failed out of reach: shard 3",
    ],
    [{ shards: [{ shard: 0, isReachable: true, full: 0.7 }] }, "ledger warning 1 shard"],
    [{ kv: "unreachable" }, "kv failed"],
    [{ kv: "writing paused" }, "kv warning"],
    [{ kv: "unbound" }, "kv ok not bound"],
    [
      { queue: [{ origin: "s", count: 2, oldestAgeSeconds: 3_600, held: undefined }] },
      "queue warning 2 for s, the oldest for 60 min",
    ],
    [
      { queue: [{ origin: "s", count: 2, oldestAgeSeconds: 1, held: "key_gone" }] },
      "queue failed held (key_gone): 2 for s",
    ],
  ])("tells %j", (health, line) => {
    expect(told(health).join("\n")).toContain(line);
  });

  test("says nothing of a queue that moves", () => {
    const queue = [{ origin: "s", count: 2, oldestAgeSeconds: 3_599, held: undefined }];
    expect(told({ queue }).join("\n")).not.toContain("queue");
  });
});

test.each<readonly [Readonly<Record<string, number>>, string, string]>([
  [{}, "closed", "skipped"],
  [{ duplicate: 3, queued: 1 }, "closed", "skipped"],
  [{ answered: 3 }, "closed", "ok"],
  [{ delivered: 3 }, "open", "warning"],
  [{ answered: 3, failed: 1 }, "closed", "warning"],
  [{ fell_back: 1 }, "closed", "failed"],
])("originFindings() makes of %j with a breaker that is %s: %s", (outcomes, breaker, state) => {
  const stats = readStats({
    since: "",
    until: "",
    step_s: 3_600,
    points: [],
    totals: { outcomes, origins: { sms: { outcomes } }, error_codes: [], keys: {} },
  });
  if (stats === undefined) throw new TypeError("Cannot read the stats of this test");
  const health = { ...well, breakers: [{ origin: "sms", state: breaker }] };
  expect(originFindings(health, stats).map((finding) => finding.state)).toEqual([state]);
});

test("originFindings() has nobody ask what Twilio tells: there is no application behind it", () => {
  const totals = { outcomes: {}, origins: {}, error_codes: [], keys: {} };
  const stats = readStats({ since: "", until: "", step_s: 3_600, points: [], totals });
  if (stats === undefined) throw new TypeError("Cannot read the stats of this test");
  const mends = (isForwarded: boolean): readonly (string | undefined)[] => {
    const origins = [{ name: "debugger", host: undefined, path: "/debugger", isForwarded }];
    return originFindings({ ...well, origins }, stats).map(({ mend }) => mend);
  };
  expect(mends(true)).toEqual([expect.stringContaining("--probe-origins")]);
  expect(mends(false)).toEqual([expect.stringContaining("docs/what-twilio-saw.md")]);
});

test("readHealth() reads what an earlier release tells, without keys and origins", () => {
  expect(readHealth({ version: "0.1.0", problems: [] })).toMatchObject({
    keys: undefined,
    origins: undefined,
  });
  expect(readHealth({ error: {} })).toBeUndefined();
});
