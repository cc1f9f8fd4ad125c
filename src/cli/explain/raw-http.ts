import { err, ok, type Result } from "../../shared/result.ts";
import { utf8 } from "../../shared/utf8.ts";
import type { Pasted } from "./pasted.ts";

const REQUEST_LINE = /^([A-Z]+) +(\S+)(?: +HTTP\/[\d.]+)?\s*$/;

/**
 * Reads a raw HTTP request as a tool or a log shows it, its lines ended in either way.
 *
 * @param scheme What the request does not say.
 * @returns One sentence that says what is wrong with it.
 */
export function parseRawHttp(text: string, scheme: string): Result<Pasted, string> {
  const [, head = text, body = ""] = /^(.*?)\r?\n\r?\n(.*)$/s.exec(text) ?? [];
  const [line = "", ...headerLines] = head.trimEnd().split(/\r?\n/);
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    return err(
      'expected a JSON object, a curl command, or a raw request that begins with "POST /path HTTP/1.1" (--help shows them)',
    );
  }
  const headers = new Headers();
  for (const headerLine of headerLines) {
    const at = headerLine.indexOf(":");
    if (at < 1) return err(`expected a header, Name: value, found a line without a colon`);
    try {
      headers.append(headerLine.slice(0, at).trim(), headerLine.slice(at + 1).trim());
    } catch {
      return err(`expected a header, found ${JSON.stringify(headerLine.slice(0, at))}`);
    }
  }
  const url = urlOf(target, headers.get("host"), scheme);
  if (url === undefined) return err("expected a Host header, or a whole URL in the first line");
  return ok({ method, url, headers, body: cutTo(headers.get("content-length"), body) });
}

function urlOf(target: string, host: string | null, scheme: string): string | undefined {
  if (/^https?:\/\//i.test(target)) return target;
  return host === null || !target.startsWith("/") ? undefined : `${scheme}://${host}${target}`;
}

/** An editor ends the last line, and a clipboard too: that is not of the body. */
function cutTo(contentLength: string | null, body: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8(body);
  if (contentLength === null) return utf8(body.replace(/\r?\n$/, ""));
  const isEnded = bytes.length > Number(contentLength) && body.endsWith("\n");
  return isEnded ? bytes.slice(0, Number(contentLength)) : bytes;
}
