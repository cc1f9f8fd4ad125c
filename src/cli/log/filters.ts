import { parseFilterQuery } from "../../log/list-query.ts";

/** The options that choose deliveries, in the order of the help. */
export interface FilterOptions {
  readonly outcome?: string;
  readonly origin?: string;
  readonly since?: string;
  readonly until?: string;
  readonly sid?: string;
  readonly account?: string;
  readonly twilioStatus?: string;
  readonly httpStatus?: string;
  readonly errorCode?: string;
  readonly minMs?: string;
}

/** An option that chooses deliveries: one of the list's filters. */
export interface FilterOption {
  /** As commander takes it, such as `--since <when>`. */
  readonly flags: string;
  readonly key: keyof FilterOptions;
  /** As the API calls it. */
  readonly name: string;
  readonly help: string;
}

/** All of them. */
export const filterOptions: readonly FilterOption[] = [
  {
    flags: "--outcome <word>",
    key: "outcome",
    name: "outcome",
    help: "how they ended, such as dead or failed",
  },
  { flags: "--origin <name>", key: "origin", name: "origin", help: "for this origin" },
  {
    flags: "--since <when>",
    key: "since",
    name: "since",
    help: "received at or after: 2h, 7d, 2026-11-24T09:30:00Z",
  },
  { flags: "--until <when>", key: "until", name: "until", help: "received before" },
  { flags: "--sid <sid>", key: "sid", name: "sid", help: "about this call, message, recording" },
  { flags: "--account <sid>", key: "account", name: "account", help: "of this account" },
  {
    flags: "--twilio-status <word>",
    key: "twilioStatus",
    name: "twilio_status",
    help: "with this status of Twilio's",
  },
  {
    flags: "--http-status <n>",
    key: "httpStatus",
    name: "http_status",
    help: "that Twilio was answered so",
  },
  {
    flags: "--error-code <n>",
    key: "errorCode",
    name: "error_code",
    help: "whose last failure has this code of Twilio's",
  },
  { flags: "--min-ms <n>", key: "minMs", name: "min_ms", help: "that took at least so long" },
];

/** The filters that were given, as the API spells them. */
export function filtersOf(
  options: FilterOptions,
): readonly (readonly [name: string, text: string])[] {
  return filterOptions.flatMap(({ key, name }) => {
    const text = options[key];
    return text === undefined ? [] : [[name, text] as const];
  });
}

/**
 * What is wrong with the text of a filter, by the rules of the Worker; `undefined` when nothing is.
 *
 * An empty one is a shell's variable that was not set: it would choose nothing, or everything.
 */
export function mistakeInFilter(name: string, text: string): string | undefined {
  if (text === "") return `${name}: expected a value, found none`;
  // Ages are counted by the Worker's clock: here any will do.
  const query = parseFilterQuery(new URLSearchParams([[name, text]]), 0);
  return query.ok ? undefined : query.error;
}
