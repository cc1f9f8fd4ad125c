import { expect, test } from "vitest";
import { sendAlert } from "../../src/alerts/send.ts";
import type { AlertDestination } from "../../src/config/alerts-types.ts";
import { alertsConfig, slackUrl, webhookSecret } from "../support/alerts.ts";
import { answered, fakePorts, lost, type Script } from "../support/ports.ts";

const slack: AlertDestination = { kind: "slack", url: slackUrl };
const notice = {
  status: "firing",
  rule: "silence",
  subject: "",
  severity: "critical",
  text: "no webhook",
  sinceMs: 0,
  atMs: 0,
} as const;

function send(script: Script, destination = slack) {
  const ports = fakePorts({ origin: [script] });
  return sendAlert(destination, { id: "1", notices: [notice] }, alertsConfig(), ports);
}

test.each([
  [answered("ok"), "sent", 200, "ok"],
  [answered("", { status: 202 }), "sent", 202, ""],
  [answered("moved", { status: 302 }), "failed", 302, "moved"],
  [answered("bad", { status: 400 }), "refused", 400, "bad"],
  [answered("", { status: 403 }), "failed", 403, ""],
  [answered("", { status: 404 }), "failed", 404, ""],
  [answered("", { status: 413 }), "refused", 413, ""],
  [answered("", { status: 422 }), "refused", 422, ""],
  [answered("slow down", { status: 429 }), "failed", 429, "slow down"],
  [answered("a\n\u001b[31mb", { status: 500 }), "failed", 500, "a [31mb"],
  [lost, "failed", undefined, "Network connection lost."],
] as const)("sendAlert() takes %o for %s", async (reply, end, status, detail) => {
  expect(await send(reply)).toEqual({ end, status, detail });
});

test("sendAlert() tells 200 characters of an answer at most, and nothing of our secrets in it", async () => {
  const { pathname } = new URL(slackUrl);
  const said = await send(answered(`no ${slackUrl} nor ${pathname} here`, { status: 404 }));
  expect(said.detail).toBe("no … nor … here");
  const webhook = {
    kind: "webhook",
    url: "https://alerts.example.com/?token=0123",
    secret: webhookSecret.slice("whsec_".length),
  } as const;
  const echo = answered(`GET /?token=0123 with ${webhook.secret} ${"x".repeat(300)}`);
  const { detail } = await send(echo, webhook);
  expect(detail).toMatch(/^GET … with … x+$/);
  expect(detail).toHaveLength(200);
});
