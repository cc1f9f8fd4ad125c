import type { Parameters } from "../receive/webhook.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { Key, SignatureAlgorithm } from "./keys.ts";
import type { VerifyFailure } from "./verified-webhook.ts";

/** Length of a MAC in bytes and, as base64 with its padding, in characters. */
const LENGTHS = {
  "HMAC-SHA1": { bytes: 20, characters: 28 },
  "HMAC-SHA256": { bytes: 32, characters: 44 },
} as const satisfies Record<SignatureAlgorithm, unknown>;

const HASHES = { "HMAC-SHA1": "SHA-1", "HMAC-SHA256": "SHA-256" } as const;

const utf8 = new TextEncoder();

/**
 * Makes the text that Twilio signs: the URL and, of a form, every name followed by its value.
 *
 * Names are sorted by UTF-16 code units, the values of a repeated name too and each of them once.
 * There is no delimiter between name and value: `A=BC` and `AB=C` sign alike, a limit of the scheme.
 *
 * @param signedUrl The exact URL; `""` to get the text that follows it.
 * @param parameters Decoded, untrimmed; empty for everything but forms.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-10. Repeated names as in
 *   `toFormUrlEncodedParam` of npm's twilio 6.2.0; the libraries of other languages differ there.
 */
export function signedText(signedUrl: string, parameters: Parameters): string {
  const valuesByName = new Map<string, Set<string>>();
  for (const [name, value] of parameters) {
    const values = valuesByName.get(name);
    if (values === undefined) valuesByName.set(name, new Set([value]));
    else values.add(value);
  }
  let text = signedUrl;
  for (const name of [...valuesByName.keys()].toSorted()) {
    for (const value of [...(valuesByName.get(name) ?? [])].toSorted()) text += name + value;
  }
  return text;
}

/**
 * Signs as Twilio does.
 *
 * @returns Base64 with its padding: 28 characters for HMAC-SHA1, 44 for HMAC-SHA256. Rejects for an empty secret.
 */
export async function sign(key: Key, text: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await cryptoKey(key), utf8.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/**
 * Checks a signature in constant time.
 *
 * @param signature Bytes, chosen by whoever sent them; of any other length than the MAC's they do not match.
 * @returns Rejects for an empty secret, which `parseKeys` lets nobody have.
 */
export async function matches(
  key: Key,
  text: string,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return crypto.subtle.verify("HMAC", await cryptoKey(key), signature, utf8.encode(text));
}

/**
 * Tells which HMAC makes signatures of a header's length; HMAC-SHA1 for lengths that none makes.
 *
 * @param header `X-Twilio-Signature`, `null` when it is missing.
 */
export function algorithmOf(header: string | null): SignatureAlgorithm {
  return header?.length === LENGTHS["HMAC-SHA256"].characters ? "HMAC-SHA256" : "HMAC-SHA1";
}

/**
 * Decodes the signature header.
 *
 * Strict, since the header's text is part of the claim key: were there two ways to write one signature,
 * a captured webhook could be sent again as a new one. So no other alphabet, padding or trailing bits
 * than the encoder's, and no two headers, which arrive joined with a comma.
 *
 * @param header `X-Twilio-Signature`, `null` when it is missing; chosen by whoever sent it.
 */
export function parseSignature(
  header: string | null,
  algorithm: SignatureAlgorithm,
): Result<Uint8Array<ArrayBuffer>, VerifyFailure> {
  if (header === null || header === "") return err({ reason: "signature_missing" });
  const malformed = err({ reason: "signature_malformed", length: header.length } as const);
  const { bytes, characters } = LENGTHS[algorithm];
  if (header.length !== characters || !/^[A-Za-z0-9+/]+=$/.test(header)) return malformed;
  const binary = atob(header);
  if (btoa(binary) !== header) return malformed;
  return ok(Uint8Array.from({ length: bytes }, (_, index) => binary.charCodeAt(index)));
}

/**
 * Importing a key costs more than a check with it. Ends with the configuration that the key belongs to. The key and not
 * the promise of it: no request may wait for what another one resolves (`ledger/grouped-calls.ts`).
 */
const cryptoKeys = new WeakMap<Key, CryptoKey>();

async function cryptoKey(key: Key): Promise<CryptoKey> {
  const cached = cryptoKeys.get(key);
  if (cached !== undefined) return cached;
  const algorithm = { name: "HMAC", hash: HASHES[key.algorithm] };
  const secret = utf8.encode(key.secret);
  const usages = ["sign", "verify"] as const;
  const imported = await crypto.subtle.importKey("raw", secret, algorithm, false, [...usages]);
  cryptoKeys.set(key, imported);
  return imported;
}
