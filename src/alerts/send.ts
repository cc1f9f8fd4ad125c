import type { AlertDestination } from "../config/alerts-types.ts";
import type { OriginReply } from "../forward/origin.ts";
import type { Clock, OriginClient } from "../shared/ports.ts";
import { utf8 } from "../shared/utf8.ts";
import type { AlertMessage, AlertPost, Letterhead } from "./message.ts";
import type { SendResult } from "./outbox.ts";
import { pagerDutyPost } from "./pagerduty.ts";
import { slackPost } from "./slack.ts";
import { webhookPost } from "./webhook.ts";

/** How long a destination may take, ms. */
const PATIENCE_MS = 5_000;
/** What of an answer is looked at, bytes; and shown, characters. */
const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_SHOWN = 200;
/** It is the message that is wrong. Anything else may be mended while it waits. */
const REFUSED = new Set([400, 413, 422]);

/** What a destination said to a message. */
export interface Answered {
  readonly end: SendResult["end"];
  /** `undefined` where there was no answer. */
  readonly status: number | undefined;
  /** What it said, in one line; none of our secrets is in it. */
  readonly detail: string;
}

/** Sends a message to a destination. Never rejects. */
export async function sendAlert(
  destination: AlertDestination,
  message: AlertMessage,
  letterhead: Letterhead,
  { clock, originClient }: { readonly clock: Clock; readonly originClient: OriginClient },
): Promise<Answered> {
  const post = await postOf(destination, message, letterhead, clock.now());
  const timeout = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => timeout.abort());
  const request = {
    url: post.url,
    method: "POST",
    headers: new Headers({ ...post.headers, "User-Agent": "Hookswitch" }),
    body: utf8(post.body),
    maxBodyBytes: MAX_ANSWER_BYTES,
  } as const;
  const reply = await originClient.send(request, timeout.signal);
  cancel();
  return judge(reply, secretsOf(destination));
}

function postOf(
  destination: AlertDestination,
  message: AlertMessage,
  letterhead: Letterhead,
  nowMs: number,
): AlertPost | Promise<AlertPost> {
  switch (destination.kind) {
    case "slack":
      return slackPost(destination, message, letterhead);
    case "webhook":
      return webhookPost(destination, message, letterhead, nowMs);
    case "pagerduty": {
      const [notice] = message.notices;
      if (notice === undefined) throw new TypeError("Cannot send a message without an alert");
      return pagerDutyPost(destination, notice, letterhead);
    }
  }
}

function judge(reply: OriginReply, secrets: readonly string[]): Answered {
  if (reply.kind === "threw") {
    const isLate = reply.name === "AbortError";
    const detail = isLate ? `no answer within ${PATIENCE_MS / 1_000} s` : reply.message;
    return { end: "failed", status: undefined, detail };
  }
  const { status } = reply;
  const isSent = status >= 200 && status < 300;
  const said = reply.kind === "answered" ? new TextDecoder().decode(reply.body) : "";
  const detail = secrets
    .reduce((text, secret) => text.replaceAll(secret, "…"), said)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, MAX_SHOWN);
  return { end: isSent ? "sent" : REFUSED.has(status) ? "refused" : "failed", status, detail };
}

/** A destination may repeat what it was sent, and where. */
function secretsOf(destination: AlertDestination): readonly string[] {
  const { href, pathname, search } = new URL(destination.url);
  const own =
    destination.kind === "pagerduty"
      ? [destination.key]
      : [href, pathname + search, pathname, search];
  const more = destination.kind === "webhook" ? [destination.secret] : [];
  return [...own, ...more].filter((secret) => secret.length > 1);
}
