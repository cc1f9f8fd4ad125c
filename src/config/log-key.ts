import { MIN_CHARACTERS, mistakeIn } from "./log-access.ts";
import type { Report } from "./report.ts";
import type { LogKey } from "./types.ts";

/** A rotation has two; a third one is a mistake. */
const MAX_KEYS = 2;

/**
 * Reads `LOG_KEY`: one secret, or two separated by a comma while it is rotated, the new one first. Fails
 * closed: with one that is not fit there are none, and nothing is queued that it was to seal.
 *
 * @param report That of `LOG_KEY`. No message holds any of it.
 * @returns The first seals, all of them open; empty where none is set.
 */
export function parseLogKeys(value: unknown, report: Report): readonly LogKey[] {
  if (value === undefined) return [];
  const keys = typeof value === "string" ? value.split(",").map((key) => key.trim()) : [value];
  if (keys.length > MAX_KEYS) {
    report.problem(`expected one key, or two separated by a comma, found ${keys.length}`);
    return [];
  }
  const fit: LogKey[] = [];
  for (const key of keys) {
    const mistake = mistakeIn(key);
    if (mistake === undefined && typeof key === "string") fit.push(key);
    else report.problem(`expected ${MIN_CHARACTERS} random characters or more, found ${mistake}`);
  }
  const isDouble = new Set(fit).size < fit.length;
  if (isDouble) report.problem("expected two different keys, found one twice");
  return isDouble || fit.length < keys.length ? [] : fit;
}
