import { expect, test } from "vitest";
import type { Notice } from "../../src/alerts/evaluate.ts";
import { pagerDutyPost } from "../../src/alerts/pagerduty.ts";
import { slackPost } from "../../src/alerts/slack.ts";
import { standardSignature, webhookPost } from "../../src/alerts/webhook.ts";
import { routingKey, slackUrl, webhookSecret } from "../support/alerts.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const letterhead = {
  name: "hooks <prod>",
  logUrl: "https://hooks.example.com/_log",
  runbookUrl: "https://wiki.example.com/runbook",
};
const silence: Notice = {
  status: "firing",
  rule: "silence",
  subject: "",
  severity: "critical",
  text: "no webhook of Twilio's for 30 minutes",
  sinceMs: NOON - 60_000,
  atMs: NOON,
};
const failing: Notice = { ...silence, rule: "failing", subject: "sms", severity: "error" };
const secret = webhookSecret.slice("whsec_".length);

test("slackPost() says one alert in one line, with its runbook and the log, its marks escaped", () => {
  const post = slackPost(
    { kind: "slack", url: slackUrl },
    { id: "1", notices: [silence] },
    letterhead,
  );
  expect(post.url).toBe(slackUrl);
  expect(JSON.parse(post.body)).toEqual({
    text: [
      "🔴 hooks &lt;prod&gt;: FIRING silence: no webhook of Twilio's for 30 minutes (critical) – runbook: https://wiki.example.com/runbook#silence",
      "log: https://hooks.example.com/_log",
    ].join("\n"),
  });
});

test("slackPost() groups several alerts below a title", () => {
  const message = { id: "1", notices: [silence, { ...failing, status: "recovered" as const }] };
  const post = slackPost({ kind: "slack", url: slackUrl }, message, letterhead);
  const { text }: { text: string } = JSON.parse(post.body);
  expect(text.split("\n").slice(0, 3)).toEqual([
    "*hooks &lt;prod&gt;: 1 firing, 1 recovered*",
    expect.stringMatching(/^🔴 FIRING silence: .*#silence$/),
    expect.stringMatching(/^🟢 RECOVERED failing sms: .*#failing$/),
  ]);
});

test("slackPost() says how many more there are, where they would not be read", () => {
  const many = (count: number): string =>
    slackPost(
      { kind: "slack", url: slackUrl },
      { id: "1", notices: Array.from({ length: count }, () => failing) },
      letterhead,
    ).body;
  expect(many(40)).not.toContain("more");
  expect(many(42)).toContain("… and 2 more");
  expect(many(200).length).toBeLessThan(40_000);
});

test("pagerDutyPost() resolves by the dedup_key that it triggered with", () => {
  const destination = {
    kind: "pagerduty",
    url: "https://events.pagerduty.com/v2/enqueue",
  } as const;
  const event = (notice: Notice): Record<string, unknown> =>
    JSON.parse(pagerDutyPost({ ...destination, key: routingKey }, notice, letterhead).body);
  const triggered = event(failing);
  const over = event({ ...failing, status: "recovered", text: "0 failed" });
  expect(triggered).toMatchObject({
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key: "hookswitch/hooks <prod>/failing/sms",
    payload: {
      source: "hooks <prod>",
      severity: "error",
      component: "sms",
      class: "failing",
      timestamp: "2036-11-24T12:00:00.000Z",
    },
  });
  expect(over).toMatchObject({ event_action: "resolve", dedup_key: triggered["dedup_key"] });
  expect(event(silence)["dedup_key"]).not.toBe(triggered["dedup_key"]);
});

// Of the libraries of Standard Webhooks (their verification tests), taken 2026-11.
test("standardSignature() signs as Standard Webhooks does", async () => {
  const text = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
  expect(await standardSignature(text, secret)).toBe(
    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("webhookPost() signs id, timestamp of the sending in seconds, and body", async () => {
  const post = await webhookPost(
    { kind: "webhook", url: "https://alerts.example.com/", secret },
    { id: "alert_1", notices: [failing] },
    letterhead,
    NOON + 1_999,
  );
  const timestamp = String(NOON / 1_000 + 1);
  expect(post.headers).toMatchObject({ "webhook-id": "alert_1", "webhook-timestamp": timestamp });
  expect(post.headers["webhook-signature"]).toBe(
    `v1,${await standardSignature(`alert_1.${timestamp}.${post.body}`, secret)}`,
  );
  expect(JSON.parse(post.body)).toEqual({
    type: "hookswitch.alert",
    timestamp: "2036-11-24T12:00:00.000Z",
    data: {
      name: "hooks <prod>",
      title: "hooks <prod>: FIRING failing sms: no webhook of Twilio's for 30 minutes",
      log: "https://hooks.example.com/_log",
      alerts: [
        {
          status: "firing",
          rule: "failing",
          subject: "sms",
          severity: "error",
          text: "no webhook of Twilio's for 30 minutes",
          since: "2036-11-24T11:59:00.000Z",
          at: "2036-11-24T12:00:00.000Z",
          runbook: "https://wiki.example.com/runbook#failing",
        },
      ],
    },
  });
});
