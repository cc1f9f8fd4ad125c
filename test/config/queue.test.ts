import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { boundKv, validEnv, withOrigin } from "./valid-env.ts";

const queue = { mode: "queue" };
const key = "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY";
const other = "c4Rk0WmZ8qYt2LxVn6BsHd1JpGf9TeUa";

function queueOf(change: Record<string, unknown>, env: Record<string, unknown> = {}) {
  const config = parseConfig(withOrigin({ ...queue, ...change }, env));
  expect(config.problems).toEqual([]);
  return config.origins[0];
}

describe('parseConfig() reads mode = "queue"', () => {
  test("with its defaults", () => {
    const origin = queueOf({}, { ANSWERS: boundKv });
    expect(origin?.queue).toEqual({
      retry: { schedule: [], hours: 72 },
      concurrency: 4,
      ack: "empty",
    });
    expect(origin?.answer).toBe("any");
    expect(origin?.dedupe?.store).toBe("ledger");
  });

  test("with everything written", () => {
    const change = {
      retry: { schedule: [1, 86_400], hours: 696 },
      limit: { concurrency: 6 },
      ack: "twiml",
      answer: "auto",
    };
    const origin = queueOf(change);
    expect(origin?.queue).toEqual({
      retry: { schedule: [1, 86_400], hours: 696 },
      concurrency: 6,
      ack: "twiml",
    });
    expect(origin?.answer).toBe("auto");
  });

  test("and never tries longer than the log is kept", () => {
    expect(queueOf({}, { LOG_DAYS: "2" })?.queue?.retry.hours).toBe(24);
  });

  test('and warns of store = "ledger+kv", which changes nothing', () => {
    const config = parseConfig(
      withOrigin({ ...queue, dedupe: { store: "ledger+kv" } }, { ANSWERS: boundKv }),
    );
    expect(config.problems).toEqual([]);
    expect(config.warnings.map((each) => each.key)).toContain("ORIGINS.sms.dedupe.store");
    expect(config.origins[0]?.dedupe?.store).toBe("ledger");
  });
});

test.each<[change: Record<string, unknown>, key: string, message: string]>([
  [{ retry: 5 }, "retry", "expected a table, found 5"],
  [{ retry: { hour: 5 } }, "retry.hour", 'did you mean "hours"'],
  [{ retry: { hours: 0 } }, "retry.hours", "from 1 to 696"],
  [{ retry: { hours: 697 } }, "retry.hours", "from 1 to 696"],
  [{ retry: { schedule: [] } }, "retry.schedule", "1 to 50 waits"],
  [{ retry: { schedule: [0] } }, "retry.schedule", "1 to 50 waits"],
  [{ retry: { schedule: [86_401] } }, "retry.schedule", "1 to 50 waits"],
  [{ retry: { schedule: Array.from({ length: 51 }, () => 5) } }, "retry.schedule", "1 to 50 waits"],
  [{ limit: { concurrency: 0 } }, "limit.concurrency", "from 1 to 6, found 0"],
  [{ limit: { concurrency: 7 } }, "limit.concurrency", "from 1 to 6, found 7"],
  [{ ack: "200" }, "ack", 'expected "empty", "204" or "twiml", found "200"'],
  [{ answer: "twiml" }, "answer", "nobody reads TwiML"],
  [{ fallback: "https://backup.example.com/sms" }, "fallback", "Twilio has its answer already"],
  [{ fallback_twiml: "<Response/>" }, "fallback_twiml", "Twilio has its answer already"],
  [{ dedupe: { store: "kv" } }, "dedupe.store", 'expected "ledger"'],
])("parseConfig() refuses a queued origin with %o", (change, place, message) => {
  const { problems } = parseConfig(withOrigin({ ...queue, ...change }, { ANSWERS: boundKv }));
  expect(problems.map((each) => [each.key, each.message.includes(message)])).toEqual([
    [`ORIGINS.sms.${place}`, true],
  ]);
});

test.each([
  [{ path: "/voice", name: "calls" }, true],
  [{ path: "/sms", name: "sms" }, true],
  [{ path: "/sms/status", name: "sms" }, false],
  [{ path: "/events", name: "events" }, false],
  [{ path: "/voice-callback", name: "voice" }, false],
])(
  "parseConfig() warns where a queued origin by its name %o is asked for TwiML: %s",
  ({ path, name }, isWarned) => {
    const origin = { path, url: "https://app.example.com/x", ...queue };
    const { warnings } = parseConfig(validEnv({ ORIGINS: { [name]: origin } }));
    expect(warnings.some((each) => each.key === `ORIGINS.${name}.mode`)).toBe(isWarned);
  },
);

describe("parseConfig() reads LOG_KEY", () => {
  test("as one key, or two of a rotation, the new one first", () => {
    expect(parseConfig(validEnv({ LOG_KEY: key })).logKeys).toEqual([key]);
    expect(parseConfig(validEnv({ LOG_KEY: `${other}, ${key}` })).logKeys).toEqual([other, key]);
    expect(parseConfig(validEnv()).logKeys).toEqual([]);
  });

  test.each([
    ["", "an empty value"],
    ["short", "found 5"],
    ["k".repeat(44), "an example value"],
    [`${key},`, "an empty value"],
    [`${key},${key}`, "one twice"],
    [`${key},${other},${key}x`, "found 3"],
    [5, "no text"],
  ])(
    "and refuses %o without telling it: nothing is queued then, the log is closed, the rest goes on",
    (value, message) => {
      const env = validEnv({
        LOG_KEY: value,
        ORIGINS: {
          sms: { path: "/sms", url: "https://app.example.com/sms" },
          status: { path: "/status", url: "https://app.example.com/status", ...queue },
        },
      });
      const config = parseConfig(env);
      const own = config.problems.filter((each) => each.key === "LOG_KEY");
      expect(own.some((each) => each.message.includes(message))).toBe(true);
      expect(own.every(({ concerns }) => concerns.kind === "log")).toBe(true);
      expect(JSON.stringify(config.problems)).not.toContain(key);
      expect(config.logKeys).toEqual([]);
      expect(config.origins.map(({ name }) => name)).toEqual(["sms"]);
      expect(config.brokenOrigins.map(({ name }) => name)).toEqual(["status"]);
    },
  );
});
