/**
 * Names of the headers that matter here, in lower case as the runtime gives them.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-11.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (the idempotency token) read 2026-11.
 */
export const headerNames = {
  signature: "x-twilio-signature",
  /** Seen in public code only: names the SharedKey that signed. */
  signatureKeySid: "x-twilio-signature-key-sid",
  idempotencyToken: "i-twilio-idempotency-token",
} as const;
