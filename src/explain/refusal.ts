import { calledUrl } from "../forward/public-url.ts";
import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import { headerNames } from "../twilio/headers.ts";
import { readAccountSid } from "../verify/account.ts";
import { readBodyHash } from "../verify/body-hash.ts";
import { keysFor } from "../verify/choose-keys.ts";
import type { Key, SignatureAlgorithm } from "../verify/keys.ts";
import { signedUrls } from "../verify/signed-url.ts";
import type { Refusal, Refused } from "./trial.ts";

/**
 * Takes a refused webhook apart as verifying it did.
 *
 * @param algorithm Of its signature: no other keys come into question.
 */
export function takenApart(refused: Refused, algorithm: SignatureAlgorithm): Refusal {
  const { webhook, origin, config } = refused;
  const { headers, body, rawUrl } = webhook;
  const query = parseQuery(rawUrl.query);
  const hash = readBodyHash(query);
  const isSigned = isForm(headers) && hash.ok && hash.value === undefined;
  const form = isForm(headers) ? parseForm(body) : [];
  const account = readAccountSid({ query, form, json: body });
  const named = headers.get(headerNames.signatureKeySid);
  const chosen = account.ok ? keysFor(account.value, named, config.keys) : undefined;
  const fits = (key: Key): boolean => key.algorithm === algorithm;
  const keys = chosen?.ok === true ? chosen.value.filter(fits) : [];
  const candidates = signedUrls(webhook, origin);
  const likely = candidates.filter(({ name }) => name !== "default-port");
  return {
    ...refused,
    called: calledUrl(rawUrl, origin?.publicUrl),
    urls: candidates.map(({ url }) => url),
    likelyUrls: likely.map(({ url }) => url),
    query,
    accountSid: (account.ok ? account.value : undefined) ?? "no account",
    parameters: isSigned ? form : [],
    keys,
    otherKeys: allKeys(refused).filter((key) => fits(key) && !keys.includes(key)),
  };
}

function allKeys({ config: { keys } }: Refused): readonly Key[] {
  return [
    ...keys.defaultTokens,
    ...[...keys.accountTokens.values()].flat(),
    ...keys.signingKeys.values(),
  ];
}
