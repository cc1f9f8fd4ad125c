/** A table: of the configuration a TOML table, anywhere a JSON object. */
export type Table = Readonly<Record<string, unknown>>;

/** Whether a value is a table; a list, `null` and a text are none. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
