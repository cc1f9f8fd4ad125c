import { describe, expect, test } from "vitest";
import type { Measurement } from "../../src/alerts/measurement.ts";
import type { Measured } from "../../src/ledger/protocol.ts";
import {
  alertsConfig,
  answers,
  line,
  measurement,
  shard,
  tallyOf,
  watch,
} from "../support/alerts.ts";

const of = (changes: Partial<Measured>): Measurement => measurement({ shards: [shard(changes)] });
const failures = (failed: number, answered: number): Measurement =>
  of({ tally: tallyOf({ outcome: "failed", count: failed, totalMs: 40 }, answers(answered)) });
const bad = failures(5, 5);
const well = failures(0, 10);
const quiet = measurement();

/** What brings a rule up, what does not yet, and what takes it down again. */
const rules: readonly (readonly [
  name: string,
  subject: string,
  up: Measurement,
  notYet: Measurement,
  down: Measurement,
])[] = [
  ["failing", "sms", failures(3, 27), failures(3, 28), well],
  [
    "failing",
    "sms",
    of({ tally: tallyOf({ outcome: "fell_back", count: 3 }) }),
    of({ tally: tallyOf({ outcome: "fell_back", count: 2 }) }),
    well,
  ],
  [
    "refusals",
    "sms",
    of({ tally: tallyOf({ outcome: "refused", reason: "signature_mismatch", count: 5 }) }),
    of({ tally: tallyOf({ outcome: "refused", reason: "signature_mismatch", count: 4 }) }),
    well,
  ],
  [
    "refusals",
    "no route",
    of({ tally: tallyOf({ origin: "", outcome: "unrouted", count: 5 }) }),
    of({ tally: tallyOf({ origin: "", outcome: "unrouted", count: 4 }) }),
    well,
  ],
  [
    "budget",
    "sms",
    of({ tally: tallyOf(answers(3, 9_000), answers(27)) }),
    of({ tally: tallyOf(answers(3, 7_000), answers(27)) }),
    well,
  ],
  [
    "breaker",
    "sms",
    of({ breakers: [{ origin: "sms", state: "open" }] }),
    of({ breakers: [{ origin: "sms", state: "closed" }] }),
    of({ breakers: [{ origin: "sms", state: "closed" }] }),
  ],
  [
    "breaker",
    "sms",
    of({ breakers: [{ origin: "sms", state: "closed", openedAgoMs: 59_999 }] }),
    of({ breakers: [{ origin: "sms", state: "closed", openedAgoMs: 60_000 }] }),
    of({ breakers: [{ origin: "sms", state: "closed" }] }),
  ],
  [
    "backlog",
    "status",
    of({ queue: [{ origin: "status", count: 3, oldestAgeMs: 15 * 60_000, held: undefined }] }),
    of({ queue: [{ origin: "status", count: 3, oldestAgeMs: 15 * 60_000 - 1, held: undefined }] }),
    of({ queue: [{ origin: "status", count: 1, oldestAgeMs: 1_000, held: undefined }] }),
  ],
  [
    "storage",
    "shard 0",
    of({ storageBytes: 700_000 }),
    of({ storageBytes: 699_999 }),
    of({ storageBytes: 600_000 }),
  ],
  [
    "ledger",
    "shard 1",
    measurement({ shards: [shard(), undefined] }),
    measurement({ shards: [shard(), shard()] }),
    measurement({ shards: [shard(), shard()] }),
  ],
  [
    "configuration",
    "",
    measurement({ problemKeys: ["ORIGINS.sms.url"] }),
    measurement(),
    measurement(),
  ],
];

test.each(rules)(
  "evaluate() tells that %s %s fires and recovers",
  (rule, subject, up, notYet, down) => {
    const { run } = watch(alertsConfig());
    const named = [rule, subject].filter((part) => part !== "").join(" ");
    expect(run(notYet).map(line)).toEqual([]);
    expect(run(up).map(line)).toEqual([`firing ${named}`]);
    expect(run(up).map(line)).toEqual([]);
    expect(run(down).map(line)).toEqual([`recovered ${named}`]);
    expect(run(down).map(line)).toEqual([]);
  },
);

test.each(rules)("evaluate() says nothing of %s %s where that is off", (rule, _subject, up) => {
  expect(watch(alertsConfig({ [rule]: false })).run(up)).toEqual([]);
});

test("evaluate() tells a full object beside one that is filling", () => {
  const { run } = watch(alertsConfig());
  expect(run(of({ storageBytes: 899_999 })).map(line)).toEqual(["firing storage shard 0"]);
  expect(run(of({ storageBytes: 900_000 })).map(line)).toEqual(["firing storage shard 0 full"]);
  expect(run(of({ storageBytes: 100_000 })).map(line)).toEqual([
    "recovered storage shard 0",
    "recovered storage shard 0 full",
  ]);
});

test("evaluate() takes an empty queue for well, unless a shard says nothing of it", () => {
  const { run } = watch(alertsConfig({ ledger: false }));
  const old = { origin: "sms", count: 1, oldestAgeMs: 60 * 60_000, held: undefined };
  run(of({ queue: [old] }));
  expect(run(measurement({ shards: [shard(), undefined] }))).toEqual([]);
  expect(run(measurement({ shards: [shard(), shard()] })).map(line)).toEqual([
    "recovered backlog sms",
  ]);
});

test.each([
  ["origin_gone", "the origin is not configured any more"],
  ["key_gone", "the LOG_KEY that sealed them is not there"],
] as const)("evaluate() says why a backlog is held: %s", (held, why) => {
  const old = { origin: "gone", count: 2, oldestAgeMs: 60 * 60_000, held };
  const [told] = watch(alertsConfig()).run(of({ queue: [old] }));
  expect(told?.text).toBe(`2 queued, the oldest for 60 minutes; they are held: ${why}`);
});

test("evaluate() adds up all shards", () => {
  const tally = tallyOf({ outcome: "failed", count: 2 });
  const { run } = watch(alertsConfig());
  expect(run(measurement({ shards: [shard({ tally }), shard({ tally })] })).map(line)).toEqual([
    "firing failing sms",
  ]);
});

test("evaluate() takes the origin's own thresholds", () => {
  const { run } = watch(alertsConfig({ failing: { percent: 50, at_least: 6 } }));
  expect(run(failures(5, 5))).toEqual([]);
  expect(run(failures(6, 7))).toEqual([]);
  expect(run(failures(6, 6)).map(line)).toEqual(["firing failing sms"]);
});

describe("evaluate() holds what it said", () => {
  test("while nothing comes in, and while too few tell nothing", () => {
    const { run } = watch(alertsConfig());
    run(bad);
    expect(run(quiet)).toEqual([]);
    expect(run(failures(1, 0))).toEqual([]);
    expect(run(failures(0, 1)).map(line)).toEqual(["recovered failing sms"]);
  });

  test("for an hour without a word of it, and no longer", () => {
    const { run } = watch(alertsConfig({ ledger: false }));
    run(bad);
    expect(run(quiet, 59)).toEqual([]);
    const [over, ...more] = run(quiet, 1);
    expect(over).toMatchObject({ status: "recovered", rule: "failing" });
    expect(more).toEqual([]);
  });
});

describe("evaluate() tells a rule once an interval", () => {
  test("that fires again is told when the interval is over, and not before", () => {
    const { run } = watch(alertsConfig({ interval: 10 }));
    expect(run(bad).map(line)).toEqual(["firing failing sms"]);
    expect(run(well).map(line)).toEqual(["recovered failing sms"]);
    for (let minute = 2; minute < 10; minute++) expect(run(bad)).toEqual([]);
    expect(run(bad).map(line)).toEqual(["firing failing sms"]);
  });

  test("that was over before it was told again is never told as over", () => {
    const { run } = watch(alertsConfig({ interval: 10 }));
    run(bad);
    run(well);
    expect(run(bad)).toEqual([]);
    expect(run(well)).toEqual([]);
  });

  test("but another one, and the same of another origin, at once", () => {
    const { run } = watch(alertsConfig());
    const origins = [
      { name: "sms", budgetMs: undefined },
      { name: "voice", budgetMs: undefined },
    ];
    const both = tallyOf(
      { outcome: "failed", count: 5 },
      { origin: "voice", outcome: "failed", count: 5 },
    );
    run(bad);
    expect(run(measurement({ origins, shards: [shard({ tally: both })] })).map(line)).toEqual([
      "firing failing voice",
    ]);
  });

  test("tells that it goes on by repeat, and never where that is 0", () => {
    const repeated = watch(alertsConfig({ interval: 10, repeat: 20 }));
    const never = watch(alertsConfig({ interval: 10, repeat: 0 }));
    const told = Array.from({ length: 45 }, () => [
      ...repeated.run(bad).map((each) => `repeated ${line(each)}`),
      ...never.run(bad).map((each) => `never ${line(each)}`),
    ]).flatMap((lines, minute) => lines.map((each) => `${minute}: ${each}`));
    expect(told).toEqual([
      "0: repeated firing failing sms",
      "0: never firing failing sms",
      "20: repeated still failing sms",
      "40: repeated still failing sms",
    ]);
  });
});

test("evaluate() groups what a run tells into one message for each destination, one for each alert for PagerDuty", () => {
  const config = alertsConfig({ pagerduty: "0123456789abcdef0123456789abcdef" });
  const { run } = watch(config);
  const told = run(of({ storageBytes: 950_000, breakers: [{ origin: "sms", state: "open" }] }));
  expect(told).toHaveLength(6); // three alerts, each once in Slack's message and once alone
});

test.each([
  ["dead", { outcome: "dead" }, "firing dead sms"],
  ["usage_trigger", { outcome: "answered", reason: "usage_trigger" }, "firing usage_trigger sms"],
  ["debugger", { outcome: "answered", reason: "debugger_error" }, "firing debugger sms"],
  [
    "twilio_fallback",
    { outcome: "answered", reason: "twilio_fallback" },
    "firing twilio_fallback sms",
  ],
] as const)(
  "evaluate() tells %s when it has happened, again after an interval, and an hour later that no more came",
  (rule, counted, told) => {
    const { run } = watch(alertsConfig({ interval: 10, ledger: false }));
    const once = of({ tally: tallyOf(counted) });
    expect(run(once).map(line)).toEqual([told]);
    expect(run(once, 4)).toEqual([]);
    expect(run(quiet, 5)).toEqual([]);
    expect(run(once).map(line)).toEqual([told.replace("firing", "still")]);
    expect(run(quiet, 59)).toEqual([]);
    expect(run(quiet, 1).map(line)).toEqual([`recovered ${rule} sms`]);
  },
);

test("evaluate() tells after three minutes without a run that alerts were not worked out, and not before", () => {
  const { run } = watch(alertsConfig());
  run(quiet);
  expect(run(quiet, 2.9)).toEqual([]);
  expect(run(quiet, 3).map(line)).toEqual(["recovered ledger"]);
});

test("evaluate() keeps a state that JSON carries, and forgets what is over", () => {
  const { run, state } = watch(alertsConfig({ interval: 5 }));
  run(bad);
  expect(JSON.parse(JSON.stringify(state()))).toEqual(state());
  run(well);
  run(well, 2.9);
  run(well, 2.9);
  expect(state().known).toEqual({});
});
