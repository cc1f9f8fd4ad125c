import { addressFilters, privateFilters, type FilterName, type Filters } from "./address.ts";
import { outcomeOrder } from "./words.ts";

const names: readonly string[] = [...addressFilters, ...privateFilters];

/** A word, or what stands in quotation marks; one of these inside of them is doubled. */
const WORD = /(?:"(?:[^"]|"")*"?|[^\s"])+/g;

/** Shorter names that one types. */
const aliases: Readonly<Record<string, FilterName>> = {
  status: "twilio_status",
  http: "http_status",
  code: "error_code",
  error: "error_code",
  ms: "min_ms",
};

/**
 * Reads what is typed into the filter: `name:value`, or a bare word whose form says what it is: an outcome,
 * a sid, an AccountSid, an age (`2h`), an HTTP status, an error code, `>5000` ms; any other is an origin.
 * What stands in quotation marks is a text that is looked for. Of two of one name the later counts.
 */
export function readFilterText(text: string): Filters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const [word] of text.matchAll(WORD)) {
    const [, name = "", value = ""] = /^(\w+):(.+)$/s.exec(word) ?? [];
    const named = filterNamed(name);
    if (named !== undefined) filters[named] = unquoted(value);
    else if (word.startsWith('"')) filters.q = unquoted(word);
    else filters[kindOf(word)] = word.startsWith(">") ? word.slice(1) : word;
  }
  return filters;
}

/** The text that reads as these filters. */
export function filterText(filters: Filters): string {
  return [...addressFilters, ...privateFilters]
    .flatMap((name) => {
      const value = filters[name];
      return value === undefined ? [] : [`${name}:${quoted(value)}`];
    })
    .join(" ");
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.replace(/^"|"$/g, "").replaceAll('""', '"') : text;
}

function filterNamed(name: string): FilterName | undefined {
  if (Object.hasOwn(aliases, name)) return aliases[name];
  return [...addressFilters, ...privateFilters].find((each) => each === name);
}

function kindOf(word: string): FilterName {
  if (outcomeOrder.includes(word)) return "outcome";
  if (/^AC[0-9a-f]{32}$/i.test(word)) return "account";
  if (/^[A-Z]{2}[0-9a-f]{32}$/i.test(word)) return "sid";
  if (/^\d{1,6}[smhd]$/.test(word)) return "since";
  if (/^>\d+$/.test(word)) return "min_ms";
  if (/^[1-5]\d\d$/.test(word)) return "http_status";
  if (/^\d{5}$/.test(word)) return "error_code";
  return "origin";
}

/** Whether a word before a colon is one of ours: what is not is told, and not taken for an origin. */
export function unknownNames(text: string): readonly string[] {
  return [...text.replaceAll(/"(?:[^"]|"")*"?/g, "").matchAll(/(?:^|\s)([a-z_]+):/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !names.includes(name) && !Object.hasOwn(aliases, name));
}
