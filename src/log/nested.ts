/** What a value is that holds others: an event's data, `ErrorUrl`, `request_variables`, a Debugger's message that names a URL. */
export type Nested = "json" | "url" | "form" | "markup" | "sentence";

const URL_IN_TEXT = /https?:\/\/[^\s"<>]+/gi;

/**
 * Tells it by how the value begins. Linear in its length.
 * @returns `undefined` for a text that holds nothing but itself.
 */
export function nestedKind(value: string): Nested | undefined {
  if (/^\s*[[{]/.test(value)) return "json";
  if (/^\s*</.test(value)) return "markup";
  if (/^(?:https?:\/\/|\/\S*$)/i.test(value)) return "url";
  if (/^[^\s=&]{1,100}=/.test(value)) return "form";
  return /https?:\/\//i.test(value) ? "sentence" : undefined;
}

/** The text with each URL in it changed. */
export function withUrls(text: string, change: (url: string) => string): string {
  return text.replaceAll(URL_IN_TEXT, change);
}
