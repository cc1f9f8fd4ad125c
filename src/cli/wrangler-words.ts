import { stripVTControlCharacters } from "node:util";
import { unstable_readConfig, type Unstable_Config } from "wrangler";
import { isTable } from "../shared/table.ts";

/**
 * Reads a configuration as wrangler does, and what it warns of meanwhile.
 *
 * wrangler 4.155.0 has no other way to tell its warnings than the console, which is taken from it for as
 * long as it reads. Where a field is unknown it goes on to ask npm for a newer wrangler, 3 s at
 * most, and would print that there is one amid what the command prints: hence the level.
 *
 * @param choice.config Absolute.
 * @returns Each warning on one line. Throws what wrangler throws.
 */
export function readWithWarnings(choice: {
  readonly config: string;
  readonly env: string | undefined;
}): { readonly config: Unstable_Config; readonly warnings: readonly string[] } {
  process.env["WRANGLER_LOG"] = "warn";
  const said: string[] = [];
  const { warn } = console;
  console.warn = (text: unknown) => void said.push(String(text));
  try {
    const config = unstable_readConfig(choice, { hideWarnings: false });
    return { config, warnings: said.flatMap(pointsOf) };
  } finally {
    console.warn = warn;
  }
}

/** An error of wrangler's on one line: all its points, of a syntax error the place. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const points = pointsOf(error.message);
  const [title = ""] = stripVTControlCharacters(error.message).split("\n");
  return `${placeOf(error)}${points.length > 0 ? points.join(" ") : title}`;
}

/**
 * Takes wrangler's list of what is wrong with a file apart. Below a point stands its reason, a point itself
 * by the look of it, and below the heading of an environment stand points of their own.
 *
 * @returns Each point with what belongs to it on one line; none where the text is no list.
 */
function pointsOf(text: string): readonly string[] {
  const points: string[] = [];
  let depth = Number.POSITIVE_INFINITY;
  for (const line of stripVTControlCharacters(text).split("\n").slice(1)) {
    const [, indent = "", point] = /^( *)- (.*)$/.exec(line) ?? [];
    if (point !== undefined && /^"env\.\S+" environment configuration$/.test(point)) {
      depth = indent.length + 2;
    } else if (point !== undefined && indent.length <= depth) {
      depth = indent.length;
      points.push(point);
    } else if (points.length > 0 && line.trim() !== "") {
      points.push(`${points.pop() ?? ""} ${point ?? line.trim()}`);
    }
  }
  return points;
}

/** Where a syntax error is: wrangler's `ParseError` has it as `location`. */
function placeOf(error: Error): string {
  const location: unknown = "location" in error ? error.location : undefined;
  if (!isTable(location) || typeof location["line"] !== "number") return "";
  return `line ${location["line"]}, column ${String(location["column"])}: `;
}
