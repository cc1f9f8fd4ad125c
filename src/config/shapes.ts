import { isTable, type Table } from "../shared/table.ts";
import type { Report } from "./report.ts";
import { listOr, show } from "./show.ts";
import { didYouMean } from "./suggestions.ts";

/** What a value must be like, and how a message calls that. */
export interface Shape<T> {
  /** Goes behind "expected". */
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
}

/** One of a few words. */
export function oneOf<T extends string>(...words: readonly T[]): Shape<T> {
  return {
    expected: listOr(words.map((word) => `"${word}"`)),
    accepts: (value): value is T => words.some((word) => word === value),
  };
}

/** A whole number of a range, both ends included; `unit` may be empty. */
export function wholeNumber(min: number, max: number, unit = ""): Shape<number> {
  return {
    expected: `a whole number from ${min} to ${max}${unit === "" ? "" : ` (${unit})`}`,
    accepts: (value): value is number =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max,
  };
}

/** `true` or `false`, without quotes. */
export const trueOrFalse: Shape<boolean> = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/** A text that is not empty; `expected` says what for. */
export function textFor(expected: string): Shape<string> {
  return {
    expected,
    accepts: (value): value is string => typeof value === "string" && value !== "",
  };
}

/** Any text that is not empty. */
export const text = textFor("a text");

/** A list of names of parameters; it may be empty. */
export const parameterNames: Shape<readonly string[]> = {
  expected: "a list of names of parameters",
  accepts: (value): value is readonly string[] => Array.isArray(value) && value.every(text.accepts),
};

/** A table. */
export const table: Shape<Table> = { expected: "a table", accepts: isTable };

/** A table of which every key is known. What is wrong in it is reported and then read as if it were absent. */
export interface OpenTable {
  /** Reads a key: its value, or `otherwise` when it is absent or wrong. */
  optional<T, D>(key: string, shape: Shape<T>, otherwise: D): T | D;
  /** The same for a key that must be there: `undefined` when it is absent, which is reported, or wrong. */
  required<T>(key: string, shape: Shape<T>): T | undefined;
}

/**
 * Opens a table for reading. Reports every key that `keys` does not list, with the one that was
 * probably meant.
 */
export function openTable(entries: Table, keys: readonly string[], report: Report): OpenTable {
  for (const key of Object.keys(entries).filter((name) => !keys.includes(name))) {
    const suggestion = didYouMean(key, keys);
    report.at(key).problem(`expected a key that Hookswitch knows, found ${show(key)}${suggestion}`);
  }
  const read = <T>(key: string, shape: Shape<T>): T | undefined => {
    const value = entries[key];
    if (shape.accepts(value)) return value;
    report.at(key).problem(`expected ${shape.expected}, found ${show(value)}`);
    return undefined;
  };
  return {
    optional: (key, shape, otherwise) =>
      entries[key] === undefined ? otherwise : (read(key, shape) ?? otherwise),
    required: read,
  };
}
