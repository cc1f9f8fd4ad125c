import { isReservedHeader } from "../forward/request-headers.ts";
import { isTable } from "../shared/table.ts";
import type { Report } from "./report.ts";
import { readSecretText } from "./secret-text.ts";
import { show } from "./show.ts";

/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/i;
/** What a header can carry; anything else would make `fetch()` throw. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

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
      const read = readSecretText(typed, readSecret, here);
      const fit = read === undefined ? undefined : checkValue(read, here);
      if (fit !== undefined) headers.push([name, fit]);
    }
    seen.add(name.toLowerCase());
  }
  return headers;
}

function checkValue(value: string, report: Report): string | undefined {
  if (HEADER_VALUE.test(value)) return value;
  report.problem(
    "expected a value that a header can carry, found a line break or a character outside of Latin-1 in it",
  );
  return undefined;
}
