import { describe, expect, test } from "vitest";
import { deliveryRecord } from "../../src/log/record.ts";
import type { Outcome } from "../../src/outcome.ts";
import { sealRecord } from "../../src/log/sealed-record.ts";
import { sealer } from "../../src/shared/seal.ts";
import { answer, outcomes } from "../support/outcomes.ts";
import {
  originConfig,
  signed,
  type Signing,
  smsFields,
  type WebhookParts,
} from "../support/webhooks.ts";

const every = await outcomes();
const origin = originConfig();

function recordOf(outcome: Outcome) {
  return deliveryRecord({ outcome, answer, stages: {}, endedAtMs: 0, hasHungUp: false });
}

function keptSignature(outcome: Outcome): string | undefined {
  const { headers } = recordOf(outcome).request;
  return headers.find(([name]) => name === "x-twilio-signature")?.[1];
}

function refused(parts: WebhookParts & Signing = {}) {
  return { ...every.refused, origin, webhook: signed(parts) };
}

describe("deliveryRecord() and the signature", () => {
  test("keeps that of a refused webhook", () => {
    const outcome = refused();
    expect(keptSignature(outcome)).toBe(outcome.webhook.headers.get("x-twilio-signature"));
  });

  test("keeps that of one that was forwarded all the same, under observe", () => {
    const webhook = { ...signed(), unverified: { reason: "account_without_key" } as const };
    expect(keptSignature({ ...every.answered, webhook })).toBeDefined();
  });

  test.each(["answered", "queued", "duplicate", "unrouted", "failed"] as const)(
    "keeps none of one that is proven and %s",
    (kind) => {
      expect(every[kind].webhook.headers.has("x-twilio-signature")).toBe(true);
      expect(keptSignature(every[kind])).toBeUndefined();
    },
  );

  test("keeps none where the configuration was at fault", () => {
    expect(keptSignature({ ...every.misconfigured, webhook: signed() })).toBeUndefined();
  });

  test.each<[string, WebhookParts]>([
    ["digits", { parameters: [...smsFields(), ["Digits", "1234"]] }],
    ["a secret", { parameters: [...smsFields(), ["CallToken", "secret"]] }],
    ["digits in the query", { method: "GET", url: "https://hooks.example.net/sms?Digits=1234" }],
    ["a body that is cut", { parameters: [["Note", "x".repeat(16 * 1024)]] }],
    ["a query that is cut", { url: `https://hooks.example.net/sms?n=${"x".repeat(4_096)}` }],
    ["a path that is cut", { url: `https://hooks.example.net/${"x".repeat(4_096)}` }],
  ])("keeps none beside %s: without it nothing is explained", (_, parts) => {
    expect(keptSignature(refused(parts))).toBeUndefined();
  });

  test("keeps none where bodies are not kept", () => {
    const bodiless = originConfig({ log: { ...origin.log, bodies: false } });
    expect(keptSignature({ ...refused(), origin: bodiless })).toBeUndefined();
  });

  test("has it sealed with the rest where there is a LOG_KEY", async () => {
    const sealing = {
      sealer: sealer(["uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY"]),
      randomBytes: (count: number) => new Uint8Array(count),
    };
    const sealed = await sealRecord(recordOf(refused()), sealing);
    expect(sealed.request.headers).toEqual([]);
  });
});
