import { algorithmOf, parseSignature } from "../verify/signature.ts";
import type { SignatureAlgorithm } from "../verify/keys.ts";

/** A signature header that can be read, as it is or mended. */
export interface ReadSignature {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly algorithm: SignatureAlgorithm;
  /** Whether it was garbled on the way. */
  readonly isMended: boolean;
}

/**
 * Reads a signature header, mending what proxies and clipboards do to one: quotes, white space, percent-encoding,
 * a `+` that became a space, the URL's alphabet, a lost padding, the same header twice.
 *
 * @param header Chosen by whoever sent it; `null` when it is missing.
 * @returns `undefined` for what is no signature all the same.
 */
export function readSignature(header: string | null): ReadSignature | undefined {
  return read(header, false) ?? read(mended(header ?? ""), true);
}

function read(text: string | null, isMended: boolean): ReadSignature | undefined {
  const algorithm = algorithmOf(text);
  const parsed = parseSignature(text, algorithm);
  return parsed.ok ? { bytes: parsed.value, algorithm, isMended } : undefined;
}

function mended(header: string): string {
  const [first = ""] = header.split(",");
  const text = first
    .replaceAll(/%(2b|2f|3d)/gi, (code) => decodeURIComponent(code))
    .replaceAll(/^["'\s]+|["'\s]+$/g, "")
    .replaceAll(/\s/g, "+")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  return text.length % 4 === 3 && !text.endsWith("=") ? `${text}=` : text;
}
