import type { PublicUrl, Route, Target } from "../config/types.ts";
import { calledUrl, headerSafe, urlText } from "../forward/public-url.ts";
import { originUrl } from "../forward/target-url.ts";
import { isForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters, WebhookMethod } from "../receive/webhook.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";

/** What is asked of a fallback URL, before its headers. */
export interface FallbackRequest {
  /** As WHATWG serialises it: what is sent and what is signed. */
  readonly url: string;
  readonly method: WebhookMethod;
  /** `undefined` for GET. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** The parameters that the signature covers beside the URL. */
  readonly parameters: Parameters;
}

/** What a fallback's request is made from. */
export interface FallbackInput {
  readonly webhook: VerifiedWebhook;
  readonly target: Target;
  readonly route: Route;
  /** The origin's, for `ErrorUrl`. */
  readonly publicUrl: PublicUrl | undefined;
  /** Twilio's code of the last failure, told as `ErrorCode`. */
  readonly errorCode: number;
}

/**
 * Makes the request that Twilio would make of a fallback URL: the same method and parameters in their
 * order, then `ErrorCode` and `ErrorUrl`, the public URL that Twilio called.
 *
 * In a form the two are appended to the body, whose bytes stay as they were. Anywhere else (GET, JSON,
 * a form whose bytes are signed by `bodySHA256`) they go into the query, so that the body's hash holds.
 *
 * @returns `undefined` when the URL would lie outside of the target. Never throws.
 * @see https://www.twilio.com/docs/usage/security/availability-reliability ("Fallback URLs") read 2026-11.
 */
export function fallbackRequest(input: FallbackInput): FallbackRequest | undefined {
  const { webhook, target, route } = input;
  const errorUrl = headerSafe(urlText(calledUrl(webhook.rawUrl, input.publicUrl)));
  const added: Parameters = [
    ["ErrorCode", String(input.errorCode)],
    ["ErrorUrl", errorUrl],
  ];
  const text = new URLSearchParams(added.map(([name, value]) => [name, value])).toString();
  const { method, rawUrl } = webhook;

  if (isSignedByParameters(webhook)) {
    const url = originUrl(target, route, rawUrl);
    const body = appendToForm(webhook.body, text);
    return url === undefined
      ? undefined
      : { url, method, body, parameters: [...webhook.parameters, ...added] };
  }
  const query =
    rawUrl.query === undefined || rawUrl.query === "" ? text : `${rawUrl.query}&${text}`;
  const url = originUrl(target, route, { ...rawUrl, query });
  if (url === undefined) return undefined;
  return {
    url,
    method,
    body: method === "GET" ? undefined : webhook.body,
    parameters: webhook.parameters,
  };
}

function isSignedByParameters(webhook: VerifiedWebhook): boolean {
  if (webhook.method === "GET" || !isForm(webhook.headers)) return false;
  return !parseQuery(webhook.rawUrl.query).some(([name]) => name === "bodySHA256");
}

function appendToForm(body: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  const added = new TextEncoder().encode(body.byteLength === 0 ? text : `&${text}`);
  const appended = new Uint8Array(body.byteLength + added.byteLength);
  appended.set(body);
  appended.set(added, body.byteLength);
  return appended;
}
