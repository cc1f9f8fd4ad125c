import type { Parameters } from "../receive/webhook.ts";

/** The webhooks that `hookswitch send` knows. */
export const products = ["sms", "voice", "status", "json"] as const;

/** An incoming message, an incoming call, the status of a message, or an event of Event Streams. */
export type Product = (typeof products)[number];

/** What a sample webhook is filled with. */
export interface SampleValues {
  readonly accountSid: string;
  /** Number, or address such as `whatsapp:+1…`. */
  readonly from: string;
  readonly to: string;
  /** Text of the message; of use for `sms` only. */
  readonly text: string;
  /** Epoch ms at which it happened. */
  readonly atMs: number;
  /** Makes a sid up: the same prefix gives the same sid within one webhook. */
  readonly sid: (prefix: string) => string;
}

/**
 * The form parameters of a product, with names and values as Twilio sends them.
 *
 * Their order is nobody's: on the wire parameters are not sorted, and a verifier that forgets to
 * sort has to fail here.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request read 2026-11.
 * @see https://www.twilio.com/docs/voice/twiml#request-parameters read 2026-11.
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status read 2026-11.
 */
export function formParameters(
  product: Exclude<Product, "json">,
  values: SampleValues,
): Parameters {
  switch (product) {
    case "sms":
      return smsParameters(values);
    case "voice":
      return voiceParameters(values);
    case "status":
      return statusParameters(values);
  }
}

function smsParameters({ accountSid, from, to, text, sid }: SampleValues): Parameters {
  return [
    ["ToCountry", "US"],
    ["ToState", "CA"],
    ["SmsMessageSid", sid("SM")],
    ["NumMedia", "0"],
    ["ToCity", ""],
    ["FromZip", "94103"],
    ["SmsSid", sid("SM")],
    ["FromState", "CA"],
    ["SmsStatus", "received"],
    ["FromCity", "SAN FRANCISCO"],
    ["Body", text],
    ["FromCountry", "US"],
    ["To", to],
    ["ToZip", ""],
    ["NumSegments", "1"],
    ["MessageSid", sid("SM")],
    ["AccountSid", accountSid],
    ["From", from],
    ["ApiVersion", "2010-04-01"],
  ];
}

function voiceParameters({ accountSid, from, to, sid }: SampleValues): Parameters {
  return [
    ["Called", to],
    ["ToState", "CA"],
    ["CallerCountry", "US"],
    ["Direction", "inbound"],
    ["CallerState", "CA"],
    ["ToZip", ""],
    ["CallSid", sid("CA")],
    ["To", to],
    ["CallerZip", "94103"],
    ["ToCountry", "US"],
    ["StirVerstat", "TN-Validation-Passed-A"],
    ["CallToken", encodeURIComponent(JSON.stringify({ parentCallInfoToken: "sample" }))],
    ["CalledZip", ""],
    ["ApiVersion", "2010-04-01"],
    ["CalledCity", ""],
    ["CallStatus", "ringing"],
    ["From", from],
    ["AccountSid", accountSid],
    ["CalledCountry", "US"],
    ["CallerCity", "SAN FRANCISCO"],
    ["ToCity", ""],
    ["FromCountry", "US"],
    ["Caller", from],
    ["FromCity", "SAN FRANCISCO"],
    ["CalledState", "CA"],
    ["FromZip", "94103"],
    ["FromState", "CA"],
  ];
}

function statusParameters({ accountSid, from, to, atMs, sid }: SampleValues): Parameters {
  return [
    ["RawDlrDoneDate", new Date(atMs).toISOString().replaceAll(/\D/g, "").slice(2, 12)],
    ["SmsSid", sid("SM")],
    ["SmsStatus", "delivered"],
    ["MessageStatus", "delivered"],
    ["To", to],
    ["MessageSid", sid("SM")],
    ["AccountSid", accountSid],
    ["From", from],
    ["ApiVersion", "2010-04-01"],
  ];
}

/**
 * One event of Event Streams, as JSON text: a CloudEvent, not batched.
 *
 * @param overrides Fields of `data` to set or to add.
 * @see https://www.twilio.com/docs/events read 2026-11.
 */
export function eventJson(values: SampleValues, overrides: Parameters): string {
  const { accountSid, from, to, atMs, sid } = values;
  return JSON.stringify({
    specversion: "1.0",
    type: "com.twilio.messaging.message.delivered",
    source: `/2010-04-01/Accounts/${accountSid}/Messages/${sid("SM")}`,
    id: sid("EZ"),
    dataschema: "https://events-schemas.twilio.com/Messaging.MessageStatus/3",
    datacontenttype: "application/json",
    time: new Date(atMs).toISOString(),
    data: {
      accountSid,
      messageSid: sid("SM"),
      messageStatus: "DELIVERED",
      from,
      to,
      ...Object.fromEntries(overrides),
    },
  });
}
