import type { OriginReply } from "../forward/origin.ts";
import { errorCodes } from "../twilio/error-codes.ts";
import { decodeXml } from "./decode.ts";
import { parseTwiml } from "./xml.ts";

/** A whole answer, as it came from an origin or a fallback. */
export type AnsweredReply = Extract<OriginReply, { kind: "answered" }>;
/** An answer whose headers came and whose body was more than was asked to be read. */
export type TooLargeReply = Extract<OriginReply, { kind: "too_large" }>;

/** How an origin's answers are judged. */
export interface JudgeOptions {
  /** `answer` of the origin: `"auto"` (default), `"twiml"` or `"any"`. */
  readonly policy: "auto" | "twiml" | "any";
  /**
   * Whether the request carried `Authorization`. Without it a 401 is the first half of Twilio's
   * log-in and has to reach Twilio; with it, it is a failure.
   */
  readonly hadAuthorization: boolean;
  /** What is wanted: an answer for Twilio, or (of a queued webhook, which Twilio does not wait for) only the word that it arrived. */
  readonly wants: "answer" | "2xx";
}

/** Something worth telling about an answer that is passed on all the same. */
export interface AnswerNote {
  readonly twilioCode: number;
  readonly detail: string;
}

/** Whether Twilio can use an answer. */
export type Judgement =
  | {
      readonly kind: "usable";
      readonly reply: AnsweredReply;
      readonly notes: readonly AnswerNote[];
    }
  | FailedAnswer;

/** Why Twilio could not use an answer. */
export interface FailedAnswer {
  readonly kind: "failed";
  readonly class: "status" | "unusable";
  readonly status: number;
  readonly twilioCode: number;
  /** One sentence for the log. Nothing of the body. */
  readonly detail: string;
}

/** Twilio reads no more TwiML than this (11750). */
const MAX_XML_BYTES = 64 * 1024;
/** The redirects that Twilio follows (11216). */
const FOLLOWED_REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307]);
/** Content codings that the runtime has undone by the time the body is read: these spellings only (workerd 1.20261023.1). */
const DECODED: ReadonlySet<string> = new Set(["", "identity", "gzip", "br"]);

/**
 * Decides whether Twilio can use an answer. What it cannot use counts as a failure of the origin, so
 * that the fallback is asked; what may be usable is passed, since a call that was answered in a way
 * this file has not heard of is better than none.
 *
 * Checks, in this order:
 *
 * 1. A status outside of 200–599, which no answer may carry: 11206.
 * 2. A 4xx or 5xx: 11217, class `status`; but a 401 with `WWW-Authenticate` passes when the request
 *    had no `Authorization`. Where only a 2xx is wanted, nobody could follow a challenge or a redirect:
 *    every 3xx and 401 is a failure there, and of a 2xx the size of the body does not matter.
 * 3. A body over the bound: 11750.
 * 4. A 3xx: 304, and 301, 302, 303, 307 with `Location`, pass. Others, 308 and 300 too, are what
 *    Twilio does not follow: 11216.
 * 5. A content coding that the runtime did not undo: 11206. Twilio would be given scrambled bytes.
 * 6. A 2xx under the policy: `"any"` takes it. `"auto"` and `"twiml"` pass what is empty (noted under
 *    `"twiml"`: 11770), want a type (12300), and want XML and HTML to be TwiML (12100, 12102) of at
 *    most 64 kB (11750). Beside those `"twiml"` takes only text and audio (12300).
 *
 * @returns Never throws.
 * @see https://www.twilio.com/docs/voice/twiml ("Twilio's request to your application") read 2026-11.
 */
export function judgeAnswer(
  reply: AnsweredReply | TooLargeReply,
  options: JudgeOptions,
): Judgement {
  const { status, headers } = reply;
  if (status < 200 || status > 599) {
    return unusable(
      status,
      errorCodes.protocolViolation,
      `The status ${status} is not one that an answer may have.`,
    );
  }
  const isQueued = options.wants === "2xx";
  if (status >= 400 && !(reply.kind === "answered" && isChallenge(reply, options))) {
    const hint = isQueued && status === 401 ? " Set headers to log in." : "";
    const detail = `The answer was ${status}.${hint}`;
    return { kind: "failed", class: "status", status, twilioCode: errorCodes.errorStatus, detail };
  }
  if (isQueued && status >= 300) {
    const detail = `The answer was ${status}, which a queued webhook does not follow. Set url to where it leads.`;
    return unusable(status, errorCodes.invalidRedirect, detail);
  }
  if (isQueued && reply.kind === "too_large") return usable(withoutBody(reply));
  if (reply.kind === "too_large") {
    const detail = `The answer's body is over ${reply.maxBodyBytes} bytes.`;
    return unusable(status, errorCodes.bodyTooLarge, detail);
  }
  if (status >= 300 && status < 400 && !isFollowed(reply)) {
    const detail = `Twilio does not follow a ${status} ${headers.has("location") ? "redirect" : "without Location"}.`;
    return unusable(status, errorCodes.invalidRedirect, detail);
  }
  const coding = headers.get("content-encoding") ?? "";
  if (reply.body.byteLength > 0 && !DECODED.has(coding)) {
    const detail = "The answer's content coding was not asked for and cannot be undone.";
    return unusable(status, errorCodes.protocolViolation, detail);
  }
  return status < 300 ? judgeBody(reply, options) : usable(reply);
}

function isChallenge(reply: AnsweredReply, options: JudgeOptions): boolean {
  // The two that Twilio can log in with; nobody can use any other.
  const challenge = reply.headers.get("www-authenticate") ?? "";
  if (options.hadAuthorization || options.wants === "2xx") return false;
  return reply.status === 401 && /\b(basic|digest)\b/i.test(challenge);
}

function withoutBody({ status, headers }: TooLargeReply): AnsweredReply {
  return { kind: "answered", status, headers, setCookies: [], body: new Uint8Array() };
}

function isFollowed(reply: AnsweredReply): boolean {
  if (reply.status === 304) return true;
  return FOLLOWED_REDIRECTS.has(reply.status) && reply.headers.has("location");
}

function judgeBody(reply: AnsweredReply, { policy }: JudgeOptions): Judgement {
  if (policy === "any") return usable(reply);
  if (reply.body.byteLength === 0) {
    const note = {
      twilioCode: errorCodes.bodyEmpty,
      detail: "The answer is empty where TwiML was expected.",
    };
    return usable(reply, policy === "twiml" ? [note] : []);
  }
  const contentType = reply.headers.get("content-type") ?? "";
  const type = (contentType.split(/[;,]/, 1)[0] ?? "").trim().toLowerCase();
  if (type === "") {
    return unusable(
      reply.status,
      errorCodes.invalidContentType,
      "The answer has a body but no Content-Type.",
    );
  }
  if (isXml(type) || type === "text/html") return judgeTwiml(reply, contentType);
  if (policy === "twiml" && type !== "text/plain" && !type.startsWith("audio/")) {
    const detail = "The answer's Content-Type is not one that TwiML can have.";
    return unusable(reply.status, errorCodes.invalidContentType, detail);
  }
  return usable(reply);
}

/** SVG and the like are media that TwiML may point to, and stay out of it. */
function isXml(type: string): boolean {
  return type === "text/xml" || type === "application/xml" || /^application\/.+\+xml$/.test(type);
}

function judgeTwiml(reply: AnsweredReply, contentType: string): Judgement {
  if (reply.body.byteLength > MAX_XML_BYTES) {
    const detail = `The answer's TwiML is ${reply.body.byteLength} bytes, over ${MAX_XML_BYTES}.`;
    return unusable(reply.status, errorCodes.bodyTooLarge, detail);
  }
  const text = decodeXml(reply.body, contentType);
  if (!text.ok) {
    const detail = `The answer's bytes are not ${text.error}.`;
    return unusable(reply.status, errorCodes.documentParseFailure, detail);
  }
  const twiml = parseTwiml(text.value);
  if (twiml.ok) return usable(reply);
  switch (twiml.error.reason) {
    case "malformed":
      return unusable(reply.status, errorCodes.documentParseFailure, twiml.error.detail);
    case "root_not_response":
      return unusable(reply.status, errorCodes.rootNotResponse, twiml.error.detail);
  }
}

function usable(reply: AnsweredReply, notes: readonly AnswerNote[] = []): Judgement {
  return { kind: "usable", reply, notes };
}

function unusable(status: number, twilioCode: number, detail: string): FailedAnswer {
  return { kind: "failed", class: "unusable", status, twilioCode, detail };
}
