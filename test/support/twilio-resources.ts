import type { ApiResource, TwilioApi } from "./twilio-api.ts";

/** A sid of its kind with a number in it. */
export function sidOf(kind: "PN" | "AP" | "MG", number: number): string {
  return `${kind}${String(number).padStart(32, "0")}`;
}

/** Puts a phone number into the account: +1555000 and four digits of `number`. Gives its sid. */
export function addNumber(api: TwilioApi, number: number, set: ApiResource = {}): string {
  const sid = sidOf("PN", number);
  api.numbers.set(sid, {
    sid,
    account_sid: api.accountSid,
    phone_number: phoneNumber(number),
    friendly_name: `Number ${number}`,
    voice_application_sid: "",
    sms_application_sid: "",
    trunk_sid: null,
    ...urls("voice_url", "voice_fallback_url", "sms_url", "sms_fallback_url"),
    status_callback: "",
    status_callback_method: "POST",
    ...set,
  });
  return sid;
}

/** The number that {@link addNumber} makes. */
export function phoneNumber(number: number): string {
  return `+1555000${String(number).padStart(4, "0")}`;
}

/** Puts a TwiML application into the account, and gives its sid. */
export function addApp(api: TwilioApi, number: number, set: ApiResource = {}): string {
  const sid = sidOf("AP", number);
  api.apps.set(sid, {
    sid,
    account_sid: api.accountSid,
    friendly_name: `App ${number}`,
    ...urls("voice_url", "voice_fallback_url", "sms_url", "sms_fallback_url"),
    status_callback: "",
    status_callback_method: "POST",
    sms_status_callback: "",
    message_status_callback: "",
    ...set,
  });
  return sid;
}

/** Puts a Messaging Service with these numbers into the account, and gives its sid. */
export function addService(
  api: TwilioApi,
  number: number,
  set: ApiResource = {},
  members: readonly string[] = [],
): string {
  const sid = sidOf("MG", number);
  api.services.set(sid, {
    sid,
    account_sid: api.accountSid,
    friendly_name: `Service ${number}`,
    inbound_request_url: null,
    inbound_method: "POST",
    fallback_url: null,
    fallback_method: "POST",
    status_callback: null,
    use_inbound_webhook_on_number: false,
    ...set,
  });
  api.members.set(sid, members);
  return sid;
}

function urls(...names: readonly string[]): ApiResource {
  return Object.fromEntries(
    names.flatMap((name) => [
      [name, ""],
      [name.replace(/_url$/, "_method"), "POST"],
    ]),
  );
}
