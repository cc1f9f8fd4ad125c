import type { Outcome } from "../../src/outcome.ts";
import { originConfig, receivedWebhook, reportOrigin, verifiedWebhook } from "./webhooks.ts";

/** An answer of any kind. */
export const answer = {
  status: 200,
  headers: [["content-type", "text/xml"]],
  body: Uint8Array.from(new TextEncoder().encode("<Response/>")),
} as const;

/** One outcome of every kind. */
export async function outcomes(): Promise<{
  readonly [K in Outcome["kind"]]: Extract<Outcome, { kind: K }>;
}> {
  const webhook = await verifiedWebhook();
  const origin = originConfig();
  const forwarded = { webhook, origin, attempts: [], dedupe: "first" } as const;
  const { deliveryId, receivedAtMs } = webhook;
  const reports = reportOrigin();
  return {
    unreceived: {
      kind: "unreceived",
      request: { deliveryId, method: "PUT", url: webhook.url, receivedAtMs },
      failure: { reason: "method_not_allowed", method: "PUT" },
    },
    unrouted: { kind: "unrouted", webhook },
    refused: {
      kind: "refused",
      webhook: receivedWebhook(),
      origin,
      failure: { reason: "signature_missing" },
    },
    misconfigured: { kind: "misconfigured", webhook: receivedWebhook(), originName: "sms" },
    websocket: { kind: "websocket", webhook, origin },
    reported: {
      kind: "reported",
      webhook,
      origin: reports,
      report: {
        kind: "debugger",
        level: "error",
        code: 11_200,
        atMs: 0,
        resourceSid: undefined,
        url: undefined,
        status: 502,
        noAnswer: undefined,
      },
      answer,
    },
    not_a_report: { kind: "not_a_report", webhook, origin: reports },
    duplicate: {
      kind: "duplicate",
      webhook,
      origin,
      answer,
      firstDeliveryId: "first",
      dedupe: "ledger",
    },
    queued: { kind: "queued", webhook, origin, answer, dedupe: "first" },
    delivered: {
      kind: "delivered",
      ...forwarded,
      answer,
      notQueued: "ledger_unavailable",
    },
    answered: { kind: "answered", ...forwarded, answer },
    fell_back: { kind: "fell_back", ...forwarded, answer, from: "twiml", twilioCode: 11_200 },
    failed: { kind: "failed", ...forwarded, twilioCode: 11_203 },
  };
}
