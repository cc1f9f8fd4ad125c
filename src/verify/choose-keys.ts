import { err, ok, type Result } from "../shared/result.ts";
import type { ConfiguredKeys, Key } from "./keys.ts";
import type { VerifyFailure } from "./verified-webhook.ts";

/**
 * Decides which keys a webhook is checked with. Never every token: each account's are its own.
 *
 * - The header names a signing key: that one alone, or none when it is unknown. The sid is not signed, so
 *   nothing else about it is believed.
 * - The account has tokens of its own: these alone.
 * - Otherwise, account named or not: the tokens of `TWILIO_AUTH_TOKEN`, then the signing keys.
 *
 * @param accountSid From the webhook, not proven yet; `undefined` when it names none.
 * @param keySidHeader `X-Twilio-Signature-Key-Sid`, `null` when it is missing; chosen by whoever sent it.
 * @returns At least one key, or why there is none.
 */
export function keysFor(
  accountSid: string | undefined,
  keySidHeader: string | null,
  keys: ConfiguredKeys,
): Result<readonly Key[], VerifyFailure> {
  if (keySidHeader !== null) {
    const signingKey = keys.signingKeys.get(keySidHeader);
    return signingKey === undefined ? err({ reason: "signing_key_unknown" }) : ok([signingKey]);
  }
  const usable = ownTokens(accountSid, keys) ?? [
    ...keys.defaultTokens,
    ...keys.signingKeys.values(),
  ];
  return usable.length === 0 ? err({ reason: "account_without_key" }) : ok(usable);
}

/**
 * Tells which key the request to the origin is signed with: the one that matched. An origin's own check
 * knows no signing keys, so for one of these it is the account's first auth token, where there is one.
 *
 * @param accountSid The account that the webhook speaks of; `undefined` when it names none.
 */
export function signingKeyFor(
  matched: Key,
  accountSid: string | undefined,
  keys: ConfiguredKeys,
): Key {
  if (keys.signingKeys.get(matched.name) !== matched) return matched;
  const [firstToken] = ownTokens(accountSid, keys) ?? keys.defaultTokens;
  return firstToken ?? matched;
}

/**
 * Tells which key a webhook is signed with that was proven earlier: keys may have been rotated since. The one
 * that matched, where there is still one of its name, else the account's first.
 *
 * @param keyName Of the key that matched.
 * @returns `undefined` when there is no key for the account any more.
 */
export function currentKeyFor(
  keyName: string,
  accountSid: string | undefined,
  keys: ConfiguredKeys,
): Key | undefined {
  const tokens = ownTokens(accountSid, keys) ?? keys.defaultTokens;
  return tokens.find(({ name }) => name === keyName) ?? tokens[0] ?? keys.signingKeys.get(keyName);
}

function ownTokens(
  accountSid: string | undefined,
  keys: ConfiguredKeys,
): readonly Key[] | undefined {
  return accountSid === undefined ? undefined : keys.accountTokens.get(accountSid);
}
