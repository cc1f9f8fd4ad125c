import type { Parameters } from "../receive/webhook.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { VerifyFailure } from "./verified-webhook.ts";

/**
 * Reads the body's hash out of the query: Twilio signs it there for every body that is not a form.
 *
 * Given twice it must be the same, as Twilio has been seen to do: libraries disagree on which one counts.
 *
 * @param query Decoded; chosen by whoever sent it until the signature is checked.
 * @returns 64 lower-case hexadecimal digits, `undefined` when no parameter has that very name.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-10; given twice:
 *   https://github.com/twilio/twilio-php/issues/861.
 */
export function readBodyHash(query: Parameters): Result<string | undefined, VerifyFailure> {
  const [hash, ...others] = query
    .filter(([name]) => name === "bodySHA256")
    .map(([, value]) => value);
  if (hash === undefined) return ok(undefined);
  if (others.some((other) => other !== hash)) return err({ reason: "body_hash_ambiguous" });
  return /^[0-9a-f]{64}$/.test(hash) ? ok(hash) : err({ reason: "body_hash_malformed" });
}

/** Whether `hash` is the body's SHA-256 in lower-case hexadecimal digits. No secret is compared. */
export async function isHashOf(hash: string, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return hash === (await hashOf(body));
}

/** A body's SHA-256, as `bodySHA256` has it. */
export async function hashOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
