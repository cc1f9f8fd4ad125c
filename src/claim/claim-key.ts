import type { OriginConfig } from "../config/types.ts";
import { parseQuery } from "../receive/parameters.ts";
import { headerNames } from "../twilio/headers.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";

const MAX_TOKEN_CHARACTERS = 128;

/**
 * Works out what makes two webhooks the same one: the key that claims and stored answers go by.
 *
 * The idempotency token is not signed, so whoever has captured one request could put any token on it.
 * The account, the origin and the signature are therefore part of the key: a token alone fetches
 * nobody's answer. `Authorization` is part of it too, since the repeat after a 401 challenge carries
 * the same token and signature but is a webhook of its own.
 *
 * Without a token, `dedupe.params` may name the parameters that identify the webhook; the signature
 * is then left out, since a repeat may differ in the others.
 *
 * @returns 64 hexadecimal digits, or `undefined` when nothing identifies it: no dedupe then.
 */
export async function claimKey(
  webhook: VerifiedWebhook,
  origin: OriginConfig,
): Promise<string | undefined> {
  const identity = identify(webhook, origin);
  if (identity === undefined) return undefined;
  const text = JSON.stringify([webhook.accountSid ?? "", origin.name, ...identity]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function identify(webhook: VerifiedWebhook, origin: OriginConfig): readonly unknown[] | undefined {
  if (origin.dedupe === undefined) return undefined;
  const token = webhook.headers.get(headerNames.idempotencyToken);
  if (token !== null && token !== "" && token.length <= MAX_TOKEN_CHARACTERS) {
    const signature = webhook.headers.get(headerNames.signature);
    return ["token", token, signature, webhook.headers.get("authorization")];
  }
  const names = origin.dedupe.params;
  if (names.length === 0) return undefined;
  const parameters = [...webhook.parameters, ...parseQuery(webhook.rawUrl.query)];
  const values = names.map((name) =>
    parameters.filter(([found]) => found === name).map(([, value]) => value),
  );
  return values.some((found) => found.length > 0) ? ["params", names, values] : undefined;
}
