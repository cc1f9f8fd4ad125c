import type { Answer } from "../check/answer-types.ts";
import { describe } from "../log/describe.ts";
import type { Outcome } from "../outcome.ts";
import { serverTiming, type Took } from "./server-timing.ts";
import { utf8 } from "../shared/utf8.ts";

const textHeaders = [["Content-Type", "text/plain; charset=utf-8"]] as const;

/** What Twilio is given when nobody had an answer: a status that makes it ask its own fallback. */
const unanswered = plain(502, "No usable answer in time");

/** The same of a webhook that was neither kept nor delivered. */
const unavailable = plain(503, "Neither queued nor delivered");

/**
 * Turns an outcome into the answer: the one switch from outcome to the wire. Who is refused learns
 * not which check failed.
 */
export function answerTo(outcome: Outcome): Answer {
  switch (outcome.kind) {
    case "unreceived":
      switch (outcome.failure.reason) {
        case "method_not_allowed":
          return {
            ...plain(405, "Method Not Allowed"),
            headers: [["Allow", "GET, POST"], ...textHeaders],
          };
        case "path_not_allowed":
          return plain(404, "Not Found");
        case "body_too_large":
          return plain(413, "Payload Too Large");
        case "body_unreadable":
          return plain(400, "Bad Request");
      }
    // falls through: never, the reasons above are all there are
    case "unrouted":
      return plain(404, "Not Found");
    case "refused":
      return outcome.origin === undefined ? plain(404, "Not Found") : plain(403, "Forbidden");
    case "misconfigured":
      return plain(500, "Internal Server Error");
    case "websocket":
      return plain(501, "Not Implemented");
    case "not_a_report":
      return plain(400, "Not an event of Twilio's Debugger");
    case "duplicate":
      return outcome.answer ?? unanswered;
    case "reported":
    case "queued":
    case "delivered":
    case "answered":
    case "fell_back":
      return outcome.answer;
    case "failed":
      return outcome.notQueued === undefined ? unanswered : unavailable;
  }
}

/**
 * Makes the response of an answer. Its delivery's id goes along with every one, so that what was refused can be
 * found in the log; how it ended and how long that took only where it is Twilio's.
 */
export function respond(outcome: Outcome, answer: Answer, took: Took): Response {
  const { deliveryId } = outcome.kind === "unreceived" ? outcome.request : outcome.webhook;
  // As pairs: each call on a `Headers` costs as much as all of them at once. No answer has these names (answer-headers.ts).
  const headers: [string, string][] = answer.headers.map(([name, value]) => [name, value]);
  headers.push(["Hookswitch-Delivery", deliveryId]);
  if (
    outcome.kind !== "unreceived" &&
    outcome.kind !== "refused" &&
    outcome.kind !== "misconfigured"
  ) {
    headers.push(["Hookswitch-Outcome", describe(outcome).outcome]);
    headers.push(["Server-Timing", serverTiming(outcome, took)]);
  }
  const hasBody = answer.status !== 204 && answer.status !== 205 && answer.status !== 304;
  return new Response(hasBody ? answer.body : null, { status: answer.status, headers });
}

function plain(status: number, text: string): Answer {
  return {
    status,
    headers: textHeaders,
    body: utf8(`${text}\n`),
  };
}
