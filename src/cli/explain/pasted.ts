import { err, ok, type Result } from "../../shared/result.ts";
import { isTable, type Table } from "../../shared/table.ts";
import { utf8 } from "../../shared/utf8.ts";
import { headerNames } from "../../twilio/headers.ts";
import { textOf } from "../read-table.ts";
import { parseCurl } from "./curl.ts";
import { parseRawHttp } from "./raw-http.ts";

/** A request as somebody has pasted it. */
export interface Pasted {
  /** In capitals. */
  readonly method: string;
  /** As typed, with userinfo and fragment if there are any. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

const FORM = "application/x-www-form-urlencoded";

/**
 * Reads a pasted request: a JSON object, a curl command or a raw HTTP request, told apart by how it begins.
 *
 * @param scheme Of a raw request, whose URL has none.
 * @returns One sentence that says what is wrong with it.
 */
export function parsePasted(text: string, scheme: string): Result<Pasted, string> {
  const trimmed = text.replace(/^\ufeff/, "").trimStart();
  if (trimmed.startsWith("{")) return parseJson(trimmed);
  // What the log's page copies has remarks before it.
  const bare = trimmed.replace(/^(?:#.*\r?\n\s*)+/, "");
  if (/^(?:\$ *)?curl\s/.test(bare)) return parseCurl(bare);
  return parseRawHttp(trimmed, scheme);
}

function parseJson(text: string): Result<Pasted, string> {
  const value = parsed(text);
  if (!isTable(value)) return err("expected one JSON object, found JSON that cannot be read");
  const unknown = Object.keys(value).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    return err(`unknown "${unknown}" in the JSON object: expected ${[...KNOWN].join(", ")}`);
  }
  const url = textOf(value["url"]);
  if (url === undefined) return err('expected "url" in the JSON object, the whole URL as text');
  const headers = headersIn(value["headers"]);
  if (headers === undefined) return err('expected "headers" as {"Name": "value"}');
  const signature = value["signature"];
  if (typeof signature === "string") headers.set(headerNames.signature, signature.trim());
  const content = contentIn(value);
  if (!content.ok) return content;
  const { body, contentType } = content.value;
  const method = textOf(value["method"])?.toUpperCase() ?? (body === "" ? "GET" : "POST");
  if (method === "GET" && body !== "")
    return err('a GET has its parameters in the query of "url", as they came: put them there');
  if (body !== "" && !headers.has("content-type")) headers.set("content-type", contentType);
  return ok({ method, url, headers, body: utf8(body) });
}

const KNOWN: ReadonlySet<string> = new Set([
  "url",
  "method",
  "parameters",
  "body",
  "signature",
  "headers",
]);

function contentIn({
  parameters,
  body,
}: Table): Result<{ readonly body: string; readonly contentType: string }, string> {
  if (parameters !== undefined && body !== undefined)
    return err('expected "parameters" or "body", not both');
  if (typeof body === "string") {
    const isJson = /^\s*[[{]/.test(body);
    return ok({ body, contentType: isJson ? "application/json" : FORM });
  }
  if (body !== undefined) return err('expected "body" as text, to the letter as it came');
  const pairs = pairsIn(parameters ?? {});
  if (pairs === undefined) return err('expected "parameters" as {"Name": "value"}');
  return ok({ body: new URLSearchParams(pairs).toString(), contentType: FORM });
}

/** Also lists: of a repeated name's values, of pairs, and of the log's `{ name, value }`. */
function pairsIn(value: unknown): [string, string][] | undefined {
  const entries: unknown[] | undefined = Array.isArray(value)
    ? value.map((each: unknown) => (isTable(each) ? [each["name"], each["value"]] : each))
    : isTable(value)
      ? Object.entries(value).flatMap(([name, each]) =>
          Array.isArray(each) ? each.map((one: unknown) => [name, one]) : [[name, each]],
        )
      : undefined;
  const pairs = entries?.flatMap((entry): [string, string][] => {
    if (!Array.isArray(entry)) return [];
    const [name, text]: unknown[] = entry;
    const isPair =
      typeof name === "string" && (typeof text === "string" || typeof text === "number");
    return isPair ? [[name, String(text)]] : [];
  });
  return pairs?.length === entries?.length ? pairs : undefined;
}

function headersIn(value: unknown): Headers | undefined {
  const pairs = pairsIn(value ?? {});
  try {
    return pairs && new Headers(pairs);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
