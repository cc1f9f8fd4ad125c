import type { Report } from "./report.ts";
import { isTable } from "../shared/table.ts";
import { show } from "./show.ts";

/** One origin as found in a variable. */
export interface FoundOrigin {
  /** `ORIGINS` or `ORIGINS_<anything>`. */
  readonly variable: string;
  readonly name: string;
  /** Not looked at yet. */
  readonly value: unknown;
}

/** Cloudflare takes no larger variable (API error 10054). Its documents say 5 kB; the smaller reading. */
const MAX_VARIABLE_BYTES = 5_000;

/**
 * Collects the origins of `ORIGINS` and every `ORIGINS_<anything>`, each a table or the JSON of one.
 *
 * @param openReport Opens the report of a variable.
 * @returns Origins in the order of their variables' names, and the variables that are no tables.
 */
export function collectOrigins(
  env: Readonly<Record<string, unknown>>,
  openReport: (variable: string) => Report,
): { readonly origins: readonly FoundOrigin[]; readonly unreadable: readonly string[] } {
  const origins: FoundOrigin[] = [];
  const unreadable: string[] = [];
  const variables = Object.keys(env).filter((key) => /^ORIGINS(_|$)/.test(key));
  for (const variable of variables.toSorted()) {
    const value = env[variable];
    const tables = typeof value === "string" ? parseJson(value) : value;
    if (isTable(tables)) {
      origins.push(
        ...Object.entries(tables).map(([name, entry]) => ({ variable, name, value: entry })),
      );
    } else {
      unreadable.push(variable);
      // Not shown: a text may be anything.
      const found = typeof value === "string" ? "another text" : show(value);
      openReport(variable).problem(`expected a table of origins or its JSON, found ${found}`);
    }
  }
  return { origins, unreadable };
}

/** Reports every variable that Cloudflare would refuse at deploy for its size; nothing local does. */
export function checkSizes(
  env: Readonly<Record<string, unknown>>,
  openReport: (variable: string) => Report,
): void {
  for (const [variable, value] of Object.entries(env)) {
    const json = /^ORIGINS(_|$)/.test(variable) && isTable(value) ? JSON.stringify(value) : value;
    if (typeof json !== "string") continue;
    const bytes = new TextEncoder().encode(json).length;
    if (bytes <= MAX_VARIABLE_BYTES) continue;
    openReport(variable).problem(
      `expected at most ${MAX_VARIABLE_BYTES} bytes, which is all that Cloudflare takes in a variable, ` +
        `found ${bytes}; spread origins over ORIGINS_<anything>`,
    );
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
