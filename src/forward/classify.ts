import {
  judgeAnswer,
  type AnsweredReply,
  type AnswerNote,
  type JudgeOptions,
} from "../check/answer.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import type { AttemptOutcome, FailureClass, OriginReply } from "./origin.ts";

export type { JudgeOptions } from "../check/answer.ts";

/** A failed attempt, with what the origin asked for: `Retry-After` as it was sent. */
export type FailedReply = Extract<AttemptOutcome, { kind: "failed" }> & {
  readonly retryAfter: string | undefined;
};

/** What one fetch came to: an answer for Twilio, or why there is none. */
export type JudgedReply =
  | {
      readonly kind: "usable";
      readonly reply: AnsweredReply;
      readonly notes: readonly AnswerNote[];
    }
  | FailedReply;

/** A failure, told from what the platform says. */
interface Failure {
  readonly class: FailureClass;
  readonly twilioCode: number;
  readonly detail: string;
}

/**
 * Decides what one fetch came to.
 *
 * Checks, in this order: did it throw; is it an error page that Cloudflare made in the origin's place;
 * can Twilio use the answer.
 *
 * @returns Never throws.
 */
export function judgeReply(reply: OriginReply, options: JudgeOptions): JudgedReply {
  if (reply.kind === "threw") return failed(classifyThrown(reply), undefined, undefined);
  const retryAfter = reply.headers.get("retry-after") ?? undefined;
  if (reply.kind === "answered") {
    const failure = classifyCloudflareError(reply);
    if (failure !== undefined) return failed(failure, reply.status, retryAfter);
  }
  const judged = judgeAnswer(reply, options);
  return judged.kind === "usable" ? judged : failed(judged, judged.status, retryAfter);
}

/**
 * Tells what a thrown `fetch()` means, by name and message: there is nothing else. The error's
 * `retryable` says that a connection was lost and not that it is safe to repeat the request; it is
 * also set on timeouts. What has never been seen counts as `lost`: delivered or not is unknown.
 *
 * @see https://developers.cloudflare.com/workers/observability/errors read 2026-11; the messages are
 *   those of workerd 1.20261023.1.
 */
export function classifyThrown(thrown: Extract<OriginReply, { kind: "threw" }>): Failure {
  const { name, message, afterHeaders } = thrown;
  if (name === "TimeoutError" || name === "AbortError") {
    const detail = afterHeaders ? "The answer was not complete in time." : "No answer in time.";
    return { class: "timeout", twilioCode: errorCodes.totalTimeout, detail };
  }
  if (afterHeaders) {
    const isBroken = name === "TypeError"; // "Gzip decompression failed."
    const twilioCode = isBroken ? errorCodes.protocolViolation : errorCodes.retrievalFailure;
    return { class: "lost", twilioCode, detail: `The answer broke off: ${message}` };
  }
  // DNS or TLS, mostly before anything was sent; but TLS may also break after the origin has read the
  // whole request, and the message is the same. In production most of these are 530, 525 or 526.
  if (message.startsWith("internal error; reference")) {
    const detail = `No connection, or a broken one, for DNS or TLS: ${message}`;
    return { class: "lost", twilioCode: errorCodes.retrievalFailure, detail };
  }
  const detail = `The connection was lost before an answer: ${message}`;
  return { class: "lost", twilioCode: errorCodes.retrievalFailure, detail };
}

/** What Cloudflare's own statuses mean. 1016 is DNS; other 1xxx numbers of a 530 are a tunnel or a zone that is not there. */
const CLOUDFLARE_ERRORS: ReadonlyMap<number, Failure> = new Map([
  [
    520,
    cloudflare("lost", errorCodes.retrievalFailure, "the origin's answer was empty or not HTTP"),
  ],
  [521, cloudflare("unreached", errorCodes.connectRefused, "the origin refused the connection")],
  [
    522,
    cloudflare("unreached", errorCodes.connectTimeout, "the connection to the origin timed out"),
  ],
  [523, cloudflare("unreached", errorCodes.connectionFailure, "there is no way to the origin")],
  [524, cloudflare("timeout", errorCodes.totalTimeout, "the origin did not answer in time")],
  [525, cloudflare("unreached", errorCodes.tlsFailure, "the TLS handshake with the origin failed")],
  [526, cloudflare("unreached", errorCodes.tlsFailure, "the origin's certificate is not valid")],
  [530, cloudflare("unreached", errorCodes.connectionFailure, "the origin cannot be reached")],
]);
const CLOUDFLARE_DNS_ERROR = cloudflare(
  "unreached",
  errorCodes.badHostName,
  "DNS does not know the origin's host",
);

/** Longer than the text form (`error code: 1016`) and all that has to be read of the page form. */
const ERROR_PAGE_START_BYTES = 2048;

/**
 * Tells whether Cloudflare answered because it could not get an answer from the origin: in production
 * most connection failures come back this way and not as exceptions.
 *
 * It is taken for Cloudflare's when the body is Cloudflare's one line (`error code: 521`), or when
 * `server` is `cloudflare` and the body is empty or Cloudflare's page. What cannot be told: an origin
 * that is itself behind Cloudflare gets the same page from there, which means the same; an application
 * that copies such a page is believed; and a zone's custom error page is not recognised, which makes
 * it a `status` and keeps it from being repeated under `rp=ct`.
 *
 * @returns `undefined` for an answer of the origin's own.
 * @see https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors
 *   read 2026-11. That `fetch()` returns all of these for origins outside of Cloudflare is not written there.
 */
export function classifyCloudflareError(reply: AnsweredReply): Failure | undefined {
  const failure = CLOUDFLARE_ERRORS.get(reply.status);
  if (failure === undefined) return undefined;
  const start = new TextDecoder().decode(reply.body.subarray(0, ERROR_PAGE_START_BYTES));
  const errorCode = /^error code: (\d{3,4})\s*$/.exec(start)?.[1];
  if (reply.status === 530 && errorCode === "1016") return CLOUDFLARE_DNS_ERROR;
  if (errorCode !== undefined) return failure;
  if (reply.headers.get("server")?.toLowerCase() !== "cloudflare") return undefined;
  return start === "" || start.includes("/cdn-cgi/") || start.includes("cf-error")
    ? failure
    : undefined;
}

function cloudflare(failureClass: FailureClass, twilioCode: number, what: string): Failure {
  return {
    class: failureClass,
    twilioCode,
    detail: `Cloudflare answered for the origin: ${what}.`,
  };
}

function failed(
  failure: Failure,
  status: number | undefined,
  retryAfter: string | undefined,
): FailedReply {
  const { class: failureClass, twilioCode, detail } = failure;
  return { kind: "failed", class: failureClass, status, twilioCode, detail, retryAfter };
}
