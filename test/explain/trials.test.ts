import { describe, expect, it } from "vitest";
import { changes } from "../../src/explain/change.ts";
import { takenApart } from "../../src/explain/refusal.ts";
import { readSignature } from "../../src/explain/signature-text.ts";
import type { Refused, Trial } from "../../src/explain/trial.ts";
import { trials } from "../../src/explain/trials.ts";
import type { ReceivedWebhook } from "../../src/receive/webhook.ts";
import { originConfig, otherToken, signed, smsFields, testKeys } from "../support/webhooks.ts";

const url = "https://hooks.example.net:8443/sms/a-b?b=2&a=%27";
const origin = originConfig({
  publicUrl: { scheme: "https", host: "public.example.net", port: undefined },
});

async function trialsOf(webhook: ReceivedWebhook) {
  const keys = testKeys({ accountTokens: new Map([["AC1", [otherToken("other")]]]) });
  const config = { origins: [origin, originConfig({ name: "other" })], reportOrigins: [], keys };
  const refused: Refused = {
    webhook,
    origin,
    config,
    givenUrls: ["https://u:p@given.example/x#f"],
  };
  const signature = readSignature(`"${webhook.headers.get("x-twilio-signature")}"`);
  if (signature === undefined) throw new TypeError("Cannot read the signature made here");
  const tried: Trial[] = [];
  for await (const trial of trials(takenApart(refused, signature.algorithm), signature))
    tried.push(trial);
  return tried;
}

describe("trials()", () => {
  it.each([
    ["a form", signed({ url, parameters: smsFields(" +1 &amp; ü ") })],
    ["JSON", signed({ url, body: '{"a": 1}' })],
    ["a GET", signed({ method: "GET", url })],
    ["a handshake", signed({ method: "GET", url, isWebSocketHandshake: true })],
  ])("come in the order that is told, for %s", async (_, webhook) => {
    const order = (await trialsOf(webhook)).map(({ change }) => changes.indexOf(change));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });

  it("are bounded, whatever a stranger sends", async () => {
    const many = Array.from({ length: 900 }, (_, at) => [`Name${at}`, ` ${at} `] as const);
    const query = many.map(([name]) => name).join("&");
    const long = `https://hooks.example.net/${"a/".repeat(2_000)}?${query}`;
    const webhook = signed({ url: long, parameters: many });
    expect((await trialsOf(webhook)).length).toBeLessThan(800);
  });
});
