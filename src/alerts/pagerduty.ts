import type { AlertDestination } from "../config/alerts-types.ts";
import { isoText } from "../log/present.ts";
import type { Notice } from "./evaluate.ts";
import { noticeText, runbookOf, type AlertPost, type Letterhead } from "./message.ts";
import { keyOf } from "./rules.ts";

/** Of a summary, and of a `dedup_key`. */
const MAX_SUMMARY = 1_024;
const MAX_KEY = 255;

/**
 * An alert as an event of PagerDuty's: what is over resolves what its beginning triggered, by the same
 * `dedup_key`.
 * @see https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ read 2026-11.
 */
export function pagerDutyPost(
  { url, key }: Extract<AlertDestination, { kind: "pagerduty" }>,
  notice: Notice,
  letterhead: Letterhead,
): AlertPost {
  const { name, logUrl } = letterhead;
  const runbook = runbookOf(notice, letterhead);
  const links = [runbook, logUrl].filter((href) => href !== undefined && URL.canParse(href));
  const event = {
    routing_key: key,
    event_action: notice.status === "recovered" ? "resolve" : "trigger",
    dedup_key: `hookswitch/${name}/${keyOf(notice)}`.slice(0, MAX_KEY),
    client: "Hookswitch",
    links: links.map((href) => ({ href, text: href })),
    payload: {
      summary: `${name}: ${noticeText(notice)}`.slice(0, MAX_SUMMARY),
      source: name,
      severity: notice.severity,
      timestamp: isoText(notice.atMs),
      component: notice.subject === "" ? "all" : notice.subject,
      class: notice.rule,
      custom_details: { runbook, since: isoText(notice.sinceMs) },
    },
  };
  return {
    url,
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify(event),
  };
}
