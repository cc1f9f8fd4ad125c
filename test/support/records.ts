import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import { receivedAtMsOf } from "../../src/ledger/delivery-id.ts";

/** A delivery that went well, but for what a test says. */
export function deliveryRecord(
  more: Partial<DeliveryRecord> & Pick<DeliveryRecord, "id">,
): DeliveryRecord {
  return {
    outcome: "answered",
    reason: undefined,
    origin: "sms",
    receivedAtMs: receivedAtMsOf(more.id),
    durationMs: 12,
    stages: {},
    hasHungUp: false,
    accountSid: "AC00000000000000000000000000000001",
    sids: ["SM00000000000000000000000000000001"],
    twilioStatus: "received",
    httpStatus: 200,
    errorCode: undefined,
    isVerified: true,
    keyName: "TWILIO_AUTH_TOKEN#1",
    candidate: "raw",
    dedupe: "first",
    firstDeliveryId: undefined,
    request: {
      method: "POST",
      scheme: "https",
      host: "hooks.example.com",
      path: "/sms",
      query: undefined,
      headers: [["content-type", "application/x-www-form-urlencoded"]],
      body: Uint8Array.from(new TextEncoder().encode("From=%2B14155551234&Body=Hi")),
      bodyBytes: 27,
      isRedacted: false,
    },
    attempts: [],
    answer: undefined,
    numberHashes: [],
    pending: undefined,
    stored: undefined,
    report: undefined,
    explanation: undefined,
    replay: undefined,
    ...more,
  };
}
