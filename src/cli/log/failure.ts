import type { LogFailure } from "./answer.ts";
import { oneLine } from "../printable.ts";

/** What a failure is told with. */
export interface AskedAbout {
  readonly baseUrl: string;
  /** Which token was sent, and where it is from. */
  readonly tokenName: string;
  readonly tokenSource: string;
  /** What was asked for, such as `delivery 01M8…`. */
  readonly subject: string;
}

/** Tells a failure of the log's API in one line: what is the cause, and what mends it. */
export function failureLine(failure: LogFailure, about: AskedAbout): string {
  return oneLine(told(failure, about));
}

/** Whether it may be over in a moment: nobody there, a ledger out of reach, an error page. */
export function isPassing(failure: LogFailure): boolean {
  if (failure.reason === "refused" || failure.reason === "no_json") return failure.status >= 500;
  return failure.reason === "unreachable";
}

function told(failure: LogFailure, about: AskedAbout): string {
  const { baseUrl } = about;
  switch (failure.reason) {
    case "unreachable":
      return `${baseUrl} did not answer: ${failure.detail}; start it, or name another one with --url or HOOKSWITCH_URL`;
    case "unfinished":
      return `${baseUrl} did not answer: ${failure.detail}; it may be done all the same, look into the log before you ask again`;
    case "no_json": {
      const what = `${failure.status} ${failure.contentType || "without a content type"}`;
      const mend =
        failure.status >= 500
          ? "it is in trouble, its console (npx wrangler tail) tells why"
          : "name the address of Hookswitch itself with --url or HOOKSWITCH_URL, with nothing before it that answers";
      return `${baseUrl} answered ${what} instead of the log's JSON: ${mend}`;
    }
    case "unknown_form":
      return `${baseUrl} answered ${failure.status} in a form that this command does not know: use it with the Worker of the same version`;
    case "refused":
      return refusal(failure, about);
  }
}

function refusal(
  { status, code, message }: Extract<LogFailure, { reason: "refused" }>,
  { baseUrl, tokenName, tokenSource, subject }: AskedAbout,
): string {
  if (status === 401) {
    return `${baseUrl} does not know the token of ${tokenSource} (401): set ${tokenName} to the one that is set there`;
  }
  if (code === "admin_only") {
    return `the token of ${tokenSource} may only read the log of ${baseUrl} (403): set LOG_ADMIN_TOKEN to the admin token, LOG_TOKEN is not enough`;
  }
  if (code === "log_closed") {
    return `the log of ${baseUrl} is closed (403): set LOG_TOKEN and LOG_ADMIN_TOKEN there, npx hookswitch check tells what is wrong`;
  }
  if (status === 404) {
    return `${subject} is not in the log of ${baseUrl} (404): look at the id and at the address (--url); deliveries are kept for LOG_DAYS, plans for seven days`;
  }
  if (status === 405) {
    return `${baseUrl} cannot do this (405): deploy the version of Hookswitch that this command is of`;
  }
  if (status === 409) return `${subject} cannot be sent again: ${whyNot(code, message)}`;
  if (status === 503) {
    return `${baseUrl} cannot reach its ledger (503): ask again in a minute; ${baseUrl}/_log/health tells more`;
  }
  return `${baseUrl} refused (${status} ${code}): ${message}`;
}

/**
 * Why a delivery cannot be sent again, and what can be done about it.
 * @param code The API's word for it: of a 409, or of `withheld`.
 * @param message Told behind a word that is not known here.
 */
export function whyNot(code: string, message = ""): string {
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return known ?? (message === "" ? code : `${code}: ${message}`);
}

const REASONS: Readonly<Record<string, string>> = {
  running: "it is under way just now; ask again when that is over",
  unverified: "it was never proven to be Twilio's, and is not signed for that",
  redacted: "keypad digits or card data were taken out of it, and nothing brings them back",
  not_kept: "what was sent was not kept: log.bodies is false, or it was too large",
  sealed: "it was sealed with a LOG_KEY that is not there; put that key back, behind the new one",
  unreadable: "what was kept of it cannot be read; another version may have written it",
  unsigned: "no auth token is there for its account; set it on the Worker",
  origin_gone: "its origin is not configured any more; put it back, or send it somewhere with --to",
};
