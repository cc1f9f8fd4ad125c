/** Longest text shown in a message, in characters. */
const SHOWN_CHARACTERS = 80;

/** Names a value of the configuration for a message. Not for secrets and not for URLs. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (value === null || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  return Array.isArray(value) ? "a list" : "a table";
}

/**
 * The same for what was meant to be a URL, a host or a path. The query goes, since tokens stand in
 * queries; where there is an `@` nearly all goes, since nobody knows where a broken URL's password ends.
 */
export function showUrl(value: unknown): string {
  if (typeof value !== "string") return show(value);
  if (value.includes("@")) return show(value.replace(/^([a-z]{1,10}:\/\/)?.*$/is, "$1…"));
  return show(value.replace(/[?#].*$/s, ""));
}

/** Joins words as a sentence does: `a, b or c`. */
export function listOr(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
