import { isReservedHeader } from "../forward/request-headers.ts";
import { isTable } from "../shared/table.ts";
import type { Report } from "./report.ts";
import { text } from "./shapes.ts";
import { show } from "./show.ts";

/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/i;
/** What a header can carry; anything else would make `fetch()` throw. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const SECRET_NAME = /^\$([a-z_]\w*)$/i;

/** Hookswitch's own secrets: no origin needs them. */
const OWN_SECRET = /^(TWILIO_AUTH_TOKEN.*|TWILIO_SIGNING_KEYS|LOG_TOKEN|LOG_ADMIN_TOKEN|LOG_KEY)$/i;

/**
 * Reads `headers`: names to texts, a text `$NAME` meaning the secret of that name. No value is ever
 * told in a message, since people write secrets there.
 *
 * @param value As found in the origin's table.
 * @param readSecret The environment: `undefined` for a secret that is not set.
 * @param report That of `headers`.
 * @returns Those that can be sent, in the order written, secrets read.
 */
export function parseHeaders(
  value: unknown,
  readSecret: (name: string) => unknown,
  report: Report,
): readonly (readonly [name: string, value: string])[] {
  if (value === undefined) return [];
  if (!isTable(value)) {
    report.problem("expected a table of headers, found something else");
    return [];
  }
  const headers: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  for (const [name, typed] of Object.entries(value)) {
    const here = report.at(name);
    if (!HEADER_NAME.test(name)) {
      here.problem(`expected the name of a header, found ${show(name)}`);
    } else if (isReservedHeader(name)) {
      here.problem(
        `expected a header that may be set, found ${name}, which is Hookswitch's to set`,
      );
    } else if (seen.has(name.toLowerCase())) {
      here.problem(`expected each header once, found ${name.toLowerCase()} again`);
    } else {
      const read = readValue(typed, readSecret, here);
      if (read !== undefined) headers.push([name, read]);
    }
    seen.add(name.toLowerCase());
  }
  return headers;
}

function readValue(
  typed: unknown,
  readSecret: (name: string) => unknown,
  report: Report,
): string | undefined {
  if (!text.accepts(typed)) {
    report.problem('expected a text or "$NAME", found an empty text or something else');
    return undefined;
  }
  const secretName = SECRET_NAME.exec(typed)?.[1];
  if (secretName === undefined) return checkValue(typed, report);
  if (OWN_SECRET.test(secretName)) {
    report.problem(`expected a secret of the origin's own, found ${secretName}`);
    return undefined;
  }
  const secret = readSecret(secretName);
  if (secret === undefined) {
    report.absentSecret(`expected the secret ${secretName}, found none of that name`);
    return undefined;
  }
  if (!text.accepts(secret)) {
    report.problem(`expected text in the secret ${secretName}, found it empty or something else`);
    return undefined;
  }
  return checkValue(secret, report);
}

function checkValue(value: string, report: Report): string | undefined {
  if (HEADER_VALUE.test(value)) return value;
  report.problem(
    "expected a value that a header can carry, found a line break or a character outside of Latin-1 in it",
  );
  return undefined;
}
