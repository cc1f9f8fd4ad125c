import type { AlertDestination } from "../config/alerts-types.ts";
import {
  noticeText,
  runbookOf,
  titleOf,
  type AlertMessage,
  type AlertPost,
  type Letterhead,
} from "./message.ts";

/** Of one message: Slack cuts off what is behind 40,000 characters. */
const MAX_LINES = 40;

/**
 * A message to an incoming webhook as Slack has them, and Mattermost, Rocket.Chat and others too: `text` alone,
 * which all of them take.
 * @see https://docs.slack.dev/messaging/formatting-message-text read 2026-11: `&`, `<` and `>` are escaped.
 */
export function slackPost(
  { url }: Extract<AlertDestination, { kind: "slack" }>,
  message: AlertMessage,
  letterhead: Letterhead,
): AlertPost {
  const { notices } = message;
  const isOne = notices.length === 1;
  const left = notices.length - MAX_LINES;
  const lines = [
    ...(isOne ? [] : [`*${escaped(titleOf(message, letterhead))}*`]),
    ...notices.slice(0, MAX_LINES).map((notice) => {
      const title = isOne ? titleOf(message, letterhead) : noticeText(notice);
      const severity = notice.status === "recovered" ? "" : ` (${notice.severity})`;
      const runbook = escaped(runbookOf(notice, letterhead));
      return `${signOf[notice.status]} ${escaped(title)}${severity} – runbook: ${runbook}`;
    }),
    ...(left > 0 ? [`… and ${left} more`] : []),
    ...(letterhead.logUrl === undefined ? [] : [`log: ${escaped(letterhead.logUrl)}`]),
  ];
  return {
    url,
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify({ text: lines.join("\n") }),
  };
}

const signOf = { firing: "🔴", still: "🟠", recovered: "🟢", test: "🔵" } as const;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
