import { parseQuery } from "../receive/parameters.ts";
import { headerNames } from "../twilio/headers.ts";
import { isHashOf, readBodyHash } from "../verify/body-hash.ts";
import type { Key } from "../verify/keys.ts";
import { matches, signedText } from "../verify/signature.ts";
import type { VerifyFailure } from "../verify/verified-webhook.ts";
import { verifyWebhook } from "../verify/verify.ts";
import { bodiesBefore } from "./bodies.ts";
import { takenApart } from "./refusal.ts";
import { readSignature } from "./signature-text.ts";
import type { Change } from "./change.ts";
import type { Refusal, Refused } from "./trial.ts";
import { trials } from "./trials.ts";

/** The most signatures that are checked for one explanation. */
export const MAX_CHECKS = 600;

/** All that were ever seen; an API key's secret has capitals too. */
const AUTH_TOKEN = /^[0-9a-f]{32}$/;

/** Why a webhook was refused. Holds no key, no signature and no value of a parameter. */
export type Explanation =
  /** Nothing is wrong with it, as the configuration is now. */
  | { readonly verdict: "accepted"; readonly keyName: string }
  /** With this change it would have been accepted. */
  | {
      readonly verdict: "one_change";
      readonly change: Change;
      readonly keyName: string | undefined;
      /** The URL that is signed; it may hold what is personal, and is for making the words only. */
      readonly signedUrl: string;
      readonly from: string;
      readonly to: string;
      readonly checks: number;
    }
  /** The reason is all there is to say; with a key, the signature is genuine by it. */
  | {
      readonly verdict: "by_reason";
      readonly reason: VerifyFailure["reason"];
      readonly keyName: string | undefined;
    }
  /** No single change that is tried makes it valid. */
  | {
      readonly verdict: "no_single_change";
      readonly reason: VerifyFailure["reason"];
      readonly keysTried: readonly string[];
      /** Of these the names of auth tokens that have not the form of one. */
      readonly oddKeys: readonly string[];
      readonly checks: number;
      /** Whether there was more to try than `MAX_CHECKS`. */
      readonly isCutShort: boolean;
    };

/** What no change of the request can be looked for behind. */
const CERTAIN: ReadonlySet<string> = new Set<VerifyFailure["reason"]>([
  "signature_missing",
  "too_many_parameters",
  "body_hash_malformed",
  "body_hash_ambiguous",
  "body_encoding_unsupported",
  "account_not_allowed",
]);

/**
 * Tells which single change would have made a webhook's signature valid: for operators who ask, and behind the
 * refusal of what is not kept whole, never on the way of a webhook. Verifies it first, as it would be now; then tries the changes in the order of `changes`, the
 * likeliest first, and stops at the first that matches, or after `MAX_CHECKS` signatures.
 *
 * It accepts nothing: what comes of it is words. No trial loosens what verifying tries.
 *
 * @returns Rejects only for what is no key at all, which `parseKeys` lets nobody have.
 */
export async function explainRefusal(refused: Refused): Promise<Explanation> {
  const { webhook, origin, config } = refused;
  const verified = await verifyWebhook(webhook, origin, config.keys);
  if (verified.ok) return { verdict: "accepted", keyName: verified.value.key.name };
  const { reason } = verified.error;
  const signature = readSignature(webhook.headers.get(headerNames.signature));
  if (signature === undefined || CERTAIN.has(reason))
    return { verdict: "by_reason", reason, keyName: undefined };
  if (reason === "body_hash_mismatch") return explainBody(refused);

  const refusal = takenApart(refused, signature.algorithm);
  const received = signedText("", refusal.parameters);
  let checks = 0;
  const tried = new Set<string>();
  for await (const trial of trials(refusal, signature)) {
    const { change, urls, from = "", to = "", keys = refusal.keys } = trial;
    if (keys.length === 0) continue;
    const parameters = trial.parameters === undefined ? received : signedText("", trial.parameters);
    for (const url of urls) {
      const text = url + parameters;
      // Keys of a trial's own are tried with texts that others were tried with before.
      if (trial.keys === undefined && tried.has(text)) continue;
      tried.add(text);
      for (const key of keys) {
        if (checks === MAX_CHECKS) return nothing(refusal, { reason, checks, isCutShort: true });
        checks++;
        if (!(await matches(key, text, signature.bytes))) continue;
        // Whichever key it is: the reason is that more than one account is named.
        if (reason === "account_ambiguous")
          return { verdict: "by_reason", reason, keyName: key.name };
        const found = { change, from, to, signedUrl: url, keyName: key.name };
        return { verdict: "one_change", ...found, checks };
      }
    }
  }
  return nothing(refusal, { reason, checks, isCutShort: false });
}

function nothing(
  { keys }: Refusal,
  more: {
    readonly reason: VerifyFailure["reason"];
    readonly checks: number;
    readonly isCutShort: boolean;
  },
): Explanation {
  const keysTried = keys.map(({ name }) => name);
  const oddKeys = keys.filter(isOdd).map(({ name }) => name);
  return { verdict: "no_single_change", keysTried, oddKeys, ...more };
}

function isOdd({ name, secret }: Key): boolean {
  return name.startsWith("TWILIO_AUTH_TOKEN") && !AUTH_TOKEN.test(secret);
}

/** The URL is genuine, and the body is not the one whose hash is in it. */
async function explainBody({ webhook }: Refused): Promise<Explanation> {
  const hash = readBodyHash(parseQuery(webhook.rawUrl.query));
  for (const [from, body] of bodiesBefore(webhook.body)) {
    if (!hash.ok || hash.value === undefined || !(await isHashOf(hash.value, body))) continue;
    const found = {
      change: "body",
      from,
      to: "",
      signedUrl: webhook.url,
      keyName: undefined,
    } as const;
    return { verdict: "one_change", ...found, checks: 0 };
  }
  return { verdict: "by_reason", reason: "body_hash_mismatch", keyName: undefined };
}
