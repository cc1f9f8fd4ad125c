import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { readAlerts, routingKey, slackUrl, webhookSecret } from "../support/alerts.ts";
import { validEnv } from "./valid-env.ts";

const secrets = {
  SLACK_URL: slackUrl,
  ALERT_URL: "https://alerts.example.com/hookswitch",
  ALERT_SECRET: webhookSecret,
  PAGERDUTY_KEY: routingKey,
};

test("parseConfig() takes one line for alerts, everything else by default", () => {
  const { alerts, problems } = parseConfig(
    validEnv({ ALERTS: { slack: "$SLACK_URL" }, SLACK_URL: slackUrl }),
  );
  expect(problems).toEqual([]);
  expect(alerts).toEqual({
    name: "hookswitch",
    destinations: [{ kind: "slack", url: slackUrl }],
    logUrl: undefined,
    runbookUrl: "docs/runbook.md",
    windowMs: 300_000,
    intervalMs: 1_800_000,
    repeatMs: 14_400_000,
    rules: {
      failing: { share: 0.1, atLeast: 3 },
      refusals: { share: 0.2, atLeast: 5 },
      budget: { share: 0.1, atLeast: 3, used: 0.8 },
      backlogMs: 900_000,
      storage: { warn: 0.7, full: 0.9 },
      silence: undefined,
      breaker: true,
      dead: true,
      ledger: true,
      configuration: true,
      usage_trigger: true,
      debugger: true,
      twilio_fallback: true,
    },
  });
});

test("parseConfig() has nobody told where ALERTS is not set", () => {
  expect(parseConfig(validEnv()).alerts).toBeUndefined();
});

test("parseConfig() lets what is wrong with alerts stop neither origins nor the log", () => {
  const { problems, origins, alerts } = parseConfig(validEnv({ ALERTS: { slack: "$NOT_SET" } }));
  expect(problems).toEqual([
    {
      key: "ALERTS.slack",
      message: "expected the secret NOT_SET, found none of that name",
      concerns: { kind: "alerts" },
    },
  ]);
  expect(origins).toHaveLength(1);
  expect(alerts).toBeUndefined();
});

test("parseAlerts() takes every destination, secrets read, and the JSON of all of it", () => {
  const written = {
    slack: "$SLACK_URL",
    webhook: { url: "$ALERT_URL", secret: "$ALERT_SECRET" },
    pagerduty: { key: "$PAGERDUTY_KEY", url: "https://events.eu.pagerduty.com/v2/enqueue" },
  };
  const { config, problems } = readAlerts(JSON.stringify(written), secrets);
  expect(problems).toEqual([]);
  expect(config?.destinations).toEqual([
    { kind: "slack", url: slackUrl },
    {
      kind: "webhook",
      url: "https://alerts.example.com/hookswitch",
      secret: webhookSecret.slice("whsec_".length),
    },
    {
      kind: "pagerduty",
      key: routingKey,
      url: "https://events.eu.pagerduty.com/v2/enqueue",
    },
  ]);
  expect(readAlerts({ pagerduty: "$PAGERDUTY_KEY" }, secrets).config?.destinations).toEqual([
    { kind: "pagerduty", key: routingKey, url: "https://events.pagerduty.com/v2/enqueue" },
  ]);
});

test("parseAlerts() takes hours, days and a time zone of silence", () => {
  const silence = {
    minutes: 30,
    hours: "08:00-18:30",
    days: ["Mon", "Fri"],
    time_zone: "Europe/Berlin",
  };
  const { config, problems } = readAlerts({ slack: slackUrl, silence });
  expect(problems).toEqual([]);
  expect(config?.rules.silence).toEqual({
    afterMs: 1_800_000,
    fromMinute: 480,
    toMinute: 1_110,
    days: ["Mon", "Fri"],
    timeZone: "Europe/Berlin",
  });
  const bare = readAlerts({ slack: slackUrl, silence: { minutes: 2 } });
  expect(bare.config?.rules.silence).toMatchObject({ fromMinute: 0, toMinute: 1_440 });
});

test.each<[written: unknown, key: string, message: string]>([
  ["nonsense", "", "expected a table with slack, webhook or pagerduty, found another text"],
  [7, "", "found 7"],
  [{}, "", "found none of them: nobody is told"],
  [{ slck: slackUrl, slack: slackUrl }, ".slck", 'did you mean "slack"?'],
  [{ slack: "" }, ".slack", "found an empty text"],
  [{ slack: "http://hooks.example.com/" }, ".slack", "expected an https URL"],
  [{ slack: "$LOG_TOKEN" }, ".slack", "expected a secret of its own, found LOG_TOKEN"],
  [{ slack: "$ALERT_SECRET" }, ".slack", "expected an https URL"],
  [{ webhook: "$ALERT_URL" }, ".webhook", "expected a table such as"],
  [{ webhook: { url: "$ALERT_URL" } }, ".webhook.secret", "expected a text"],
  [
    { webhook: { url: "$ALERT_URL", secret: "whsec_c2hvcnQ=" } },
    ".webhook.secret",
    "expected whsec_ and 24 to 64 bytes in base64",
  ],
  [{ pagerduty: "short" }, ".pagerduty", "expected the integration key of a service"],
  [{ pagerduty: { key: "short" } }, ".pagerduty.key", "expected the integration key"],
  [{ slack: slackUrl, window: 0 }, ".window", "from 1 to 60"],
  [{ slack: slackUrl, interval: "10" }, ".interval", "from 1 to 1440"],
  [{ slack: slackUrl, failing: 5 }, ".failing", "expected false or a table with percent, at_least"],
  [{ slack: slackUrl, failing: { percent: 101 } }, ".failing.percent", "from 1 to 100"],
  [{ slack: slackUrl, failing: { rate: 5 } }, ".failing.rate", "a key that Hookswitch knows"],
  [{ slack: slackUrl, dead: 1 }, ".dead", "expected true or false"],
  [{ slack: slackUrl, silence: true }, ".silence", "expected false or a table with minutes"],
  [{ slack: slackUrl, silence: {} }, ".silence.minutes", "expected a whole number from 2"],
  [{ slack: slackUrl, silence: { minutes: 9, hours: "8-18" } }, ".silence.hours", "08:00-18:30"],
  [{ slack: slackUrl, silence: { minutes: 9, hours: "08:00-08:00" } }, ".silence.hours", "hours"],
  [{ slack: slackUrl, silence: { minutes: 9, days: ["Monday"] } }, ".silence.days", '"Mon"'],
  [
    { slack: slackUrl, silence: { minutes: 9, time_zone: "Berlin" } },
    ".silence.time_zone",
    "a time zone such as",
  ],
])("parseAlerts() refuses %o", (written, key, message) => {
  const { problems } = readAlerts(written, secrets);
  expect(problems).toEqual([
    {
      key: `ALERTS${key}`,
      message: expect.stringContaining(message),
      concerns: { kind: "alerts" },
    },
  ]);
  for (const secret of Object.values(secrets)) {
    expect(JSON.stringify(problems)).not.toContain(secret);
  }
});

test("parseAlerts() goes by the rest where a number or one of two destinations is wrong", () => {
  const { config } = readAlerts({
    slack: slackUrl,
    pagerduty: "$NOT_SET",
    failing: { percent: 101, at_least: 7 },
  });
  expect(config?.destinations).toEqual([{ kind: "slack", url: slackUrl }]);
  expect(config?.rules.failing).toEqual({ share: 0.1, atLeast: 7 });
});
