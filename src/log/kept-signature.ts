import { authority } from "../forward/public-url.ts";
import type { RecordedRequest } from "../ledger/delivery.ts";
import type { ReceivedWebhook } from "../receive/webhook.ts";
import { headerNames } from "../twilio/headers.ts";

/** Of a header that is one. */
const MAX_CHARACTERS = 256;

/**
 * Keeps the signature of a webhook that was not proven, so that an operator can be told why: among its headers,
 * sealed as they are, and never shown. Only where everything that was signed is kept with it: without that it
 * explains nothing, and beside redacted digits it would let whoever has the auth token guess them.
 */
export function withSignature(request: RecordedRequest, webhook: ReceivedWebhook): RecordedRequest {
  const signature = webhook.headers.get(headerNames.signature);
  if (signature === null || !isWhole(request, webhook)) return request;
  const kept = [headerNames.signature, signature.slice(0, MAX_CHARACTERS)] as const;
  return { ...request, headers: [...request.headers, kept] };
}

/** Whether it was kept: then why it was refused can be worked out when somebody asks. */
export function hasSignature({ headers }: RecordedRequest): boolean {
  return headers.some(([name]) => name === headerNames.signature);
}

function isWhole(request: RecordedRequest, { rawUrl, body }: ReceivedWebhook): boolean {
  return (
    !request.isRedacted &&
    request.host === authority(rawUrl) &&
    request.path === rawUrl.path &&
    request.query === rawUrl.query &&
    (request.body?.byteLength ?? 0) === body.byteLength
  );
}

/** Whether a kept header may be shown, to an administrator as well. */
export function isShown([name]: readonly [name: string, value: string]): boolean {
  return name !== headerNames.signature;
}
