import { stripVTControlCharacters } from "node:util";
import { isTable } from "../shared/table.ts";

/** Wrangler's own words on one line: of each point its first line, of a syntax error its place. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = stripVTControlCharacters(error.message).split("\n");
  const points = lines.filter((line) => line.startsWith("  - ")).map((line) => line.slice(4));
  const text = points.length > 0 ? points.join(" ") : (lines[0] ?? "");
  return `${placeOf(error)}${text}`;
}

/** Where a syntax error is: wrangler's `ParseError` has it as `location`. */
function placeOf(error: Error): string {
  const location: unknown = "location" in error ? error.location : undefined;
  if (!isTable(location) || typeof location["line"] !== "number") return "";
  return `line ${location["line"]}, column ${String(location["column"])}: `;
}
