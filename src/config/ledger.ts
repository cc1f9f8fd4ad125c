import { defaults } from "./defaults.ts";
import type { Report } from "./report.ts";
import { oneOf, type Shape, wholeNumber } from "./shapes.ts";
import { show } from "./show.ts";
import type { LedgerConfig } from "./types.ts";

/** @see https://developers.cloudflare.com/durable-objects/reference/data-location/ read 2026-11. */
const locations = oneOf(
  ...([
    "wnam",
    "enam",
    "sam",
    "weur",
    "eeur",
    "apac",
    "apac-ne",
    "apac-se",
    "oc",
    "afr",
    "me",
  ] as const),
);
const jurisdictions = oneOf("eu", "us", "fedramp", "fedramp-high");

/**
 * Reads `LEDGER_SHARDS`, `LEDGER_LOCATION`, `LEDGER_JURISDICTION` and `LOG_DAYS`. Numbers may come as
 * text, since that is what a variable set by hand is.
 *
 * @param openReport Opens the report of a variable.
 * @returns Complete: what is absent or wrong has its default.
 */
export function parseLedger(
  env: Readonly<Record<string, unknown>>,
  openReport: (variable: string) => Report,
): LedgerConfig {
  const read = <T, D>(variable: string, shape: Shape<T>, otherwise: D): T | D => {
    const value = env[variable];
    if (value === undefined) return otherwise;
    if (shape.accepts(value)) return value;
    openReport(variable).problem(`expected ${shape.expected}, found ${show(value)}`);
    return otherwise;
  };
  const jurisdiction = read("LEDGER_JURISDICTION", jurisdictions, undefined);
  if (env["LEDGER_JURISDICTION"] !== undefined && env["LEDGER_LOCATION"] !== undefined) {
    openReport("LEDGER_LOCATION").problem(
      "expected either LEDGER_LOCATION or LEDGER_JURISDICTION, found both",
    );
  }
  const location = read("LEDGER_LOCATION", locations, defaults.location);
  return {
    shards: Number(read("LEDGER_SHARDS", numberOrText(1, 1_024), defaults.shards)),
    location: jurisdiction === undefined ? location : undefined,
    jurisdiction,
    logDays: Number(read("LOG_DAYS", numberOrText(2, 400), defaults.logDays)),
  };
}

function numberOrText(min: number, max: number): Shape<number | string> {
  const number = wholeNumber(min, max);
  return {
    expected: number.expected,
    accepts: (value): value is number | string =>
      typeof value === "string"
        ? /^\d{1,6}$/.test(value) && number.accepts(Number(value))
        : number.accepts(value),
  };
}
