import type { Parameters, ReceivedWebhook } from "../receive/webhook.ts";
import type { Key } from "./keys.ts";

declare const verified: unique symbol;

/** Which of the signed URLs tried was the one that matched, as the log calls it. */
export type CandidateName =
  | "raw"
  | "without-port"
  | "default-port"
  | "typed-path"
  | "apostrophe"
  | "apostrophe-without-port"
  | "sip"
  | "sip-without-port";

/** A webhook that is proven to be Twilio's. Only `verify/verify.ts` can make one (G1). */
export interface VerifiedWebhook extends ReceivedWebhook {
  readonly [verified]: true;
  /** The account it speaks of; `undefined` when it names none. */
  readonly accountSid: string | undefined;
  /**
   * Form parameters that the signature covers, decoded, in the order received. Empty for GET and JSON, and for a
   * form with `bodySHA256` in its URL: there the signature covers the bytes, through their hash, and no parameters.
   * What is signed anew for an origin covers these and no others.
   */
  readonly parameters: Parameters;
  /** The exact text that Twilio signed the beginning of. */
  readonly signedUrl: string;
  readonly candidate: CandidateName;
  /** The key that matched. */
  readonly key: Key;
  /** The key that the request to the origin is signed with: the one that matched or, for a signing key, the account's first auth token where there is one. */
  readonly signingKey: Key;
}

/** A webhook that could not be proven to be Twilio's and goes out all the same, under `verify = "observe"`: unsigned and marked. */
export interface UnverifiedWebhook extends ReceivedWebhook {
  readonly unverified: VerifyFailure;
}

/** Why a webhook was not accepted as Twilio's. Logged in full; the sender is told only 403. */
export type VerifyFailure =
  | { readonly reason: "signature_missing" }
  | { readonly reason: "signature_malformed"; readonly length: number }
  | {
      readonly reason: "signature_mismatch";
      readonly candidatesTried: number;
      readonly keysTried: readonly string[];
    }
  | { readonly reason: "signing_key_unknown" }
  | { readonly reason: "too_many_parameters"; readonly maxParameters: number }
  | { readonly reason: "account_ambiguous" }
  | { readonly reason: "account_without_key" }
  | { readonly reason: "account_not_allowed" }
  | { readonly reason: "body_hash_missing" }
  | { readonly reason: "body_hash_malformed" }
  | { readonly reason: "body_hash_ambiguous" }
  | { readonly reason: "body_hash_mismatch" }
  | { readonly reason: "body_on_get" }
  /** Compressed, multipart, or in another charset than UTF-8: what Twilio does not send. */
  | { readonly reason: "body_encoding_unsupported" };
