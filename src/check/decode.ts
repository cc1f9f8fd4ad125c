import { err, ok, type Result } from "../shared/result.ts";

const BYTE_ORDER_MARKS = [
  { label: "utf-8", bytes: [0xef, 0xbb, 0xbf] },
  { label: "utf-16le", bytes: [0xff, 0xfe] },
  { label: "utf-16be", bytes: [0xfe, 0xff] },
] as const;

/** `<?` in UTF-16, which an XML declaration starts with when there is no byte order mark. */
const DECLARATION_STARTS = [
  { label: "utf-16le", bytes: [0x3c, 0x00, 0x3f, 0x00] },
  { label: "utf-16be", bytes: [0x00, 0x3c, 0x00, 0x3f] },
] as const;

const DECLARATION = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.-]*)["']/;
const DECLARATION_MAX_BYTES = 256;

/**
 * Decodes an XML body as RFC 7303 §3 has it: a byte order mark goes before the charset of the
 * `Content-Type`, that before the XML declaration, and UTF-8 is what is left. A name that the runtime
 * does not know is passed over, since Twilio may know it.
 *
 * @param contentType The header's value, with its parameters.
 * @returns The text without its byte order mark, or the charset that the bytes are not in.
 */
export function decodeXml(body: Uint8Array, contentType: string): Result<string, string> {
  const labels = [marked(body, BYTE_ORDER_MARKS), charset(contentType), declared(body)];
  const decoder = labels.map(decoderFor).find((found) => found !== undefined);
  const used = decoder ?? new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  try {
    return ok(used.decode(body));
  } catch {
    return err(used.encoding);
  }
}

function marked(
  body: Uint8Array,
  marks: readonly { readonly label: string; readonly bytes: readonly number[] }[],
): string | undefined {
  return marks.find(({ bytes }) => bytes.every((byte, index) => body[index] === byte))?.label;
}

function charset(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";,]+)/i.exec(contentType)?.[1];
}

function declared(body: Uint8Array): string | undefined {
  const start = new TextDecoder("windows-1252").decode(body.subarray(0, DECLARATION_MAX_BYTES));
  const label = DECLARATION.exec(start)?.[1];
  // Read byte by byte it cannot be UTF-16, whatever it says of itself: .NET's string writer does.
  return marked(body, DECLARATION_STARTS) ?? (/^utf-?16/i.test(label ?? "") ? undefined : label);
}

function decoderFor(label: string | undefined): TextDecoder | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false });
  } catch {
    return undefined;
  }
}
