import { isTable } from "../shared/table.ts";
import { utf8 } from "../shared/utf8.ts";

/** Bodies that the one received may have been made of, by how it was written anew. */
export function bodiesBefore(
  body: Uint8Array,
): readonly (readonly [what: string, body: Uint8Array<ArrayBuffer>])[] {
  const text = new TextDecoder().decode(body);
  const written = [
    ["white space around it", text.trim()],
    ["a line end behind it", `${text}\n`],
    ["a byte order mark before it", `\ufeff${text}`],
    ["an empty body became {}", ""],
    ...rewritten(text),
  ] as const;
  return written.map(([what, other]) => [what, utf8(other)]);
}

function rewritten(text: string): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(text);
    const compact = JSON.stringify(value);
    return [
      compact,
      JSON.stringify(value, undefined, 2),
      JSON.stringify(value, undefined, 4),
      compact.replaceAll(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
      compact.replaceAll("/", "\\/"),
      spaced(value),
    ].map((other) => ["JSON that was parsed and written anew", other]);
  } catch {
    return [];
  }
}

/** As Python's `json.dumps` writes it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`,
  );
  return `{${fields.join(", ")}}`;
}
