/** A text of somebody's JSON; `undefined` for anything else, `null` too. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A whole number, ≥ 0, of somebody's JSON; `undefined` for anything else, `null` too. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
