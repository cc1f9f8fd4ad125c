import type { ReceivingOrigin } from "../config/types.ts";
import { exceedsParameters, isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters, ReceivedWebhook } from "../receive/webhook.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { headerNames } from "../twilio/headers.ts";
import { readAccountSid } from "./account.ts";
import { isHashOf, readBodyHash } from "./body-hash.ts";
import { currentKeyFor, keysFor, signingKeyFor } from "./choose-keys.ts";
import type { ConfiguredKeys, Key } from "./keys.ts";
import { algorithmOf, matches, parseSignature, signedText } from "./signature.ts";
import { signedUrls, type SignedUrl } from "./signed-url.ts";
import type { CandidateName, VerifiedWebhook, VerifyFailure } from "./verified-webhook.ts";

/**
 * Parameters of a form. Twilio sends some dozens; Express and PHP read no more than this by default. A forged
 * form of 1 MiB can hold half a million, and would cost a quarter of a second before its signature is looked at.
 */
const MAX_PARAMETERS = 1_000;

/**
 * Decides whether a webhook is Twilio's. Fails closed; every failure has its reason.
 *
 * In this order, the cheap before the expensive, so that a flood of forged requests costs little:
 *
 * 1. The signature is there and well-formed: `signature_missing`, `signature_malformed`.
 * 2. The body can be covered by it (`coverageOf` below): `body_on_get`, `body_encoding_unsupported`, `too_many_parameters`,
 *    `body_hash_ambiguous`, `body_hash_malformed`, `body_hash_missing`.
 * 3. It speaks of one account at most: `account_ambiguous`.
 * 4. There are keys for it: `signing_key_unknown`, `account_without_key`; none of them makes
 *    signatures of this length: `signature_malformed`.
 * 5. A key and a signed URL give this signature: `signature_mismatch`.
 * 6. A hash in the URL is the body's: `body_hash_mismatch`.
 * 7. The origin takes webhooks of this account: `account_not_allowed`.
 *
 * The scheme has limits that no check here makes up for: neither method, headers nor time are signed,
 * and a name may lend characters to its value (`A=BC`, `AB=C`).
 *
 * @param webhook Chosen in every part by whoever sent it.
 * @param origin The one whose route took it; `undefined` when none did.
 * @returns Rejects only for what is no key at all, which `parseKeys` lets nobody have.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-10.
 */
export async function verifyWebhook(
  webhook: ReceivedWebhook,
  origin: ReceivingOrigin | undefined,
  keys: ConfiguredKeys,
): Promise<Result<VerifiedWebhook, VerifyFailure>> {
  const signatureHeader = webhook.headers.get(headerNames.signature);
  const algorithm = algorithmOf(signatureHeader);
  const signature = parseSignature(signatureHeader, algorithm);
  if (!signature.ok) return signature;

  const query = parseQuery(webhook.rawUrl.query);
  const coverage = coverageOf(webhook, query);
  if (!coverage.ok) return coverage;

  const account = accountOf(webhook, query, coverage.value);
  if (!account.ok) return account;

  const chosen = keysFor(account.value, webhook.headers.get(headerNames.signatureKeySid), keys);
  if (!chosen.ok) return chosen;
  const fitting = chosen.value.filter((key) => key.algorithm === algorithm);
  if (fitting.length === 0)
    return err({ reason: "signature_malformed", length: signatureHeader?.length ?? 0 });

  const parameters = coverage.value.kind === "parameters" ? coverage.value.parameters : [];
  const candidates = signedUrls(webhook, origin);
  const found = await findMatch(candidates, fitting, signedText("", parameters), signature.value);
  if (found === undefined) {
    const keysTried = fitting.map(({ name }) => name);
    return err({ reason: "signature_mismatch", candidatesTried: candidates.length, keysTried });
  }

  if (coverage.value.kind === "hash" && !(await isHashOf(coverage.value.hash, webhook.body))) {
    return err({ reason: "body_hash_mismatch" });
  }
  if (!isAllowed(account.value, origin)) return err({ reason: "account_not_allowed" });

  const verified = {
    ...webhook,
    accountSid: account.value,
    parameters,
    signedUrl: found.candidate.url,
    candidate: found.candidate.name,
    key: found.key,
    signingKey: signingKeyFor(found.key, account.value, keys),
  };
  return ok(branded(verified));
}

/**
 * Brings back a webhook that was proven to be Twilio's when it came, and that the ledger has kept since.
 * It is not checked again: the key that proved it may have been rotated out.
 *
 * @param proof What the ledger wrote when it was proven; of nothing else may this be asked (G1).
 * @returns `undefined` when there is no key any more to sign it with.
 */
export function restoreWebhook(
  webhook: ReceivedWebhook,
  proof: {
    readonly accountSid: string | undefined;
    readonly keyName: string;
    readonly candidate: CandidateName;
  },
  keys: ConfiguredKeys,
): VerifiedWebhook | undefined {
  const key = currentKeyFor(proof.keyName, proof.accountSid, keys);
  if (key === undefined) return undefined;
  const coverage = coverageOf(webhook, parseQuery(webhook.rawUrl.query));
  const parameters =
    coverage.ok && coverage.value.kind === "parameters" ? coverage.value.parameters : [];
  const { accountSid, candidate } = proof;
  return branded({
    ...webhook,
    accountSid,
    parameters,
    signedUrl: webhook.url,
    candidate,
    key,
    signingKey: key,
  });
}

/** The only place that makes one (G1). The brand exists in the types alone: there is no other way to put it on. */
function branded(webhook: Omit<VerifiedWebhook, symbol>): VerifiedWebhook {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return webhook as VerifiedWebhook;
}

/** How the signature covers the body. */
type Coverage =
  /** A form: its parameters follow the URL in the signed text. Also where there is no body. */
  | { readonly kind: "parameters"; readonly parameters: Parameters }
  /** Anything else: the signed URL holds the hash of its bytes. */
  | { readonly kind: "hash"; readonly hash: string };

/**
 * Decides how the signature covers the body. A hash in the URL goes before the content type, which is not
 * signed: a JSON webhook sent again as an empty form would otherwise pass by its URL alone. Then no
 * parameters are signed, of a form neither, as with `validateRequestWithBody` of npm's twilio 6.2.0.
 */
function coverageOf(webhook: ReceivedWebhook, query: Parameters): Result<Coverage, VerifyFailure> {
  if (webhook.method === "GET" && webhook.body.length > 0) return err({ reason: "body_on_get" });
  if (webhook.body.length > 0 && !isPlainUtf8(webhook.headers))
    return err({ reason: "body_encoding_unsupported" });
  if (isForm(webhook.headers) && exceedsParameters(webhook.body, MAX_PARAMETERS)) {
    return err({ reason: "too_many_parameters", maxParameters: MAX_PARAMETERS });
  }
  const hash = readBodyHash(query);
  if (!hash.ok) return hash;
  if (hash.value !== undefined) return ok({ kind: "hash", hash: hash.value });
  if (webhook.body.length === 0) return ok({ kind: "parameters", parameters: [] });
  if (!isForm(webhook.headers)) return err({ reason: "body_hash_missing" });
  return ok({ kind: "parameters", parameters: parseForm(webhook.body) });
}

/**
 * Whether a body means to the application what it means here. Neither header is signed: a compressed
 * body, another charset or multipart would let one account be read here and another one there. Twilio
 * sends none of them.
 */
function isPlainUtf8(headers: Headers): boolean {
  const coding = headers.get("content-encoding") ?? "";
  const type = headers.get("content-type") ?? "";
  const charset = /charset\s*=\s*"?([^\s";,]*)/i.exec(type)?.[1] ?? "utf-8";
  return (
    /^(identity)?$/i.test(coding) &&
    /^(utf-?8|us-ascii)$/i.test(charset) &&
    !/^\s*multipart\//i.test(type) &&
    !type.includes(",")
  );
}

/** Whatever the content type says of a hashed body, it is read as JSON as well: else another type could hide an account. */
function accountOf(
  webhook: ReceivedWebhook,
  query: Parameters,
  coverage: Coverage,
): Result<string | undefined, VerifyFailure> {
  if (coverage.kind === "parameters")
    return readAccountSid({ query, form: coverage.parameters, json: undefined });
  const form = isForm(webhook.headers) ? parseForm(webhook.body) : [];
  return readAccountSid({ query, form, json: webhook.body });
}

async function findMatch(
  candidates: readonly SignedUrl[],
  keys: readonly Key[],
  parametersText: string,
  signature: Uint8Array<ArrayBuffer>,
): Promise<{ readonly candidate: SignedUrl; readonly key: Key } | undefined> {
  for (const candidate of candidates) {
    for (const key of keys) {
      if (await matches(key, candidate.url + parametersText, signature)) return { candidate, key };
    }
  }
  return undefined;
}

function isAllowed(accountSid: string | undefined, origin: ReceivingOrigin | undefined): boolean {
  if (origin?.accounts === undefined) return true;
  return accountSid !== undefined && origin.accounts.has(accountSid);
}
