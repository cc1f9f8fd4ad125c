import type { Answer } from "../check/answer-types.ts";
import type { ReportOrigin } from "../config/types.ts";
import type { Outcome } from "../outcome.ts";
import { utf8 } from "../shared/utf8.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";
import { reportOf } from "./report.ts";

/**
 * Takes a webhook in which Twilio tells what it saw itself: it is noted and answered at once. What tells
 * nothing of the kind came to the wrong URL; where a caller waits he is answered all the same.
 */
export function takeReport(webhook: VerifiedWebhook, origin: ReportOrigin): Outcome {
  const report = reportOf(webhook, origin.takes);
  if (report === undefined) return { kind: "not_a_report", webhook, origin };
  return { kind: "reported", webhook, origin, report, answer: answerOf(origin) };
}

function answerOf({ twiml }: ReportOrigin): Answer {
  if (twiml === undefined) return { status: 200, headers: [], body: new Uint8Array() };
  return {
    status: 200,
    headers: [["Content-Type", "text/xml; charset=utf-8"]],
    body: utf8(twiml),
  };
}
