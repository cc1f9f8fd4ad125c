import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeWebhook, encodeWebhook, keptWebhook } from "../../src/queue/stored-webhook.ts";
import { deliveryRecord } from "../support/records.ts";
import { signed } from "../support/webhooks.ts";

const id = "01KB3Y00000000000000000000";

describe("encodeWebhook()", () => {
  test("keeps method, URL, headers and body, to the byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const webhook = { ...signed(), body: Uint8Array.from(bytes) };
        const { method, url, headers, body } = webhook;
        expect(decodeWebhook(encodeWebhook(webhook))).toEqual({
          method,
          url,
          headers: [...headers],
          body,
        });
      }),
    );
  });
});

test.each([
  ["nothing", []],
  ["another version", [2, 0, 0, 0, 2, 123, 125]],
  ["a length that leads out of it", [1, 0, 0, 0, 9, 123]],
  ["what is not JSON", [1, 0, 0, 0, 1, 33]],
  ["JSON that is no object", [1, 0, 0, 0, 4, 110, 117, 108, 108]],
])("decodeWebhook() knows that %s is none of ours", (_, bytes) => {
  expect(decodeWebhook(Uint8Array.from(bytes))).toBeUndefined();
});

describe("keptWebhook()", () => {
  test("is what the log has kept, its query too", () => {
    const record = deliveryRecord({ id });
    const request = { ...record.request, query: "a=1" };
    expect(keptWebhook({ ...record, request })).toEqual({
      method: "POST",
      url: "https://hooks.example.com/sms?a=1",
      headers: request.headers,
      body: request.body,
    });
  });

  test.each([
    ["unverified", { isVerified: false }],
    ["redacted", { request: { ...deliveryRecord({ id }).request, isRedacted: true } }],
    ["not_kept", { request: { ...deliveryRecord({ id }).request, body: undefined } }],
    ["not_kept", { request: { ...deliveryRecord({ id }).request, method: "" } }],
  ] as const)("says %s of what cannot be sent again", (why, more) => {
    expect(keptWebhook(deliveryRecord({ id, ...more }))).toBe(why);
  });
});
