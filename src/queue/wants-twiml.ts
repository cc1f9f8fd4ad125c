import { parseQuery } from "../receive/parameters.ts";
import type { VerifiedWebhook } from "../verify/verified-webhook.ts";

/** What a call has while it runs; a status callback may have them as well, but says that it is one. */
const LIVE_CALL = new Set(["ringing", "in-progress"]);

/**
 * Whether a webhook looks like a request for TwiML: a call that waits for what to do, an incoming message. On
 * a queued path its caller is given nothing.
 *
 * @see https://www.twilio.com/docs/voice/twiml ("Twilio's request to your application") read 2026-11: status
 *   callbacks have `CallbackSource` and `SequenceNumber`, or an event's name.
 */
export function wantsTwiml({
  parameters,
  rawUrl,
}: Pick<VerifiedWebhook, "parameters" | "rawUrl">): boolean {
  const values = new Map([...parseQuery(rawUrl.query), ...parameters]);
  if (values.get("SmsStatus") === "received" && values.has("Body")) return true;
  const isCallback = [
    "CallbackSource",
    "SequenceNumber",
    "StatusCallbackEvent",
    "RecordingStatus",
    "ConferenceSid",
  ].some((name) => values.has(name));
  return !isCallback && values.has("CallSid") && LIVE_CALL.has(values.get("CallStatus") ?? "");
}
