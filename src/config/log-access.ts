import { parseAccess } from "./access.ts";
import type { Report } from "./report.ts";
import type { LogAccess } from "./types.ts";

/** The least that a secret of Hookswitch's own may have. */
export const MIN_CHARACTERS = 32;
/** Fewer different characters than this is a filler: 32 random hexadecimal digits have about 14. */
const MIN_DIFFERENT_CHARACTERS = 8;
/** Long enough words that chance does not write them. */
const EXAMPLE =
  /example|change.?me|placeholder|replace.?(me|with)|insert.?your|your.?(log|token|secret)|^0123456789abcdef/i;

/**
 * Reads `LOG_TOKEN`, `LOG_ADMIN_TOKEN` and `ACCESS`. Fails closed: a token that is not fit is no token, and
 * without a `LOG_TOKEN` nobody reads the log by a token (G9).
 *
 * @param openReport Opens the report of a secret. No message holds any of it.
 */
export function parseLogAccess(
  env: Readonly<Record<string, unknown>>,
  openReport: (variable: string) => Report,
): LogAccess {
  const access = parseAccess(env["ACCESS"], openReport("ACCESS"));
  const token = readToken(env["LOG_TOKEN"], openReport("LOG_TOKEN"));
  const adminToken = readToken(env["LOG_ADMIN_TOKEN"], openReport("LOG_ADMIN_TOKEN"));
  if (env["LOG_TOKEN"] === undefined && access === undefined) {
    openReport("LOG_TOKEN").absentSecret("not set: the log is closed to everybody", "warning");
  }
  if (token !== undefined && token === adminToken) {
    openReport("LOG_ADMIN_TOKEN").problem("expected another token than LOG_TOKEN, found the same");
    return { token: undefined, adminToken: undefined, access };
  }
  return { token, adminToken: token === undefined ? undefined : adminToken, access };
}

function readToken(value: unknown, report: Report): string | undefined {
  if (value === undefined) return undefined;
  const mistake = mistakeIn(value);
  if (mistake === undefined && typeof value === "string") return value;
  report.problem(`expected ${MIN_CHARACTERS} random characters or more, found ${mistake}`);
  return undefined;
}

/** What makes a value unfit for a secret of Hookswitch's own, as the end of "found …"; never any of it. */
export function mistakeIn(value: unknown): string | undefined {
  if (typeof value !== "string") return "something that is no text";
  if (value === "") return "an empty value";
  if (value.length < MIN_CHARACTERS) return `${value.length}`;
  // A bearer token is sent in a header, where neither a space nor a line break comes through.
  if (!/^[!-~]+$/.test(value)) return "spaces, line breaks or characters outside of ASCII in it";
  const isFiller = new Set(value).size < MIN_DIFFERENT_CHARACTERS;
  return isFiller || EXAMPLE.test(value) ? "an example value" : undefined;
}
