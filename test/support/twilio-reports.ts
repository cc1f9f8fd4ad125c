import { accountSid } from "./sign.ts";

/** What Twilio tells of what it saw itself, by the shape of public captures. */
export const messageSid = `SM${"a".repeat(32)}`;

/** A Debugger event's fields. */
export function debuggerFields(
  payload: unknown,
  changes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    AccountSid: accountSid,
    Sid: `NO${"b".repeat(32)}`,
    ParentAccountSid: "",
    Timestamp: "2026-11-24T18:44:24.368Z",
    Level: "ERROR",
    PayloadType: "application/json",
    Payload: JSON.stringify(payload),
    ...changes,
  };
}

/** The payload of an event whose answer Twilio's proxy made up: an SMS webhook that was not answered in 15 s. */
export function madeUpPayload(
  changes: {
    readonly url?: string;
    readonly resourceSid?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly response?: Readonly<Record<string, unknown>>;
  } = {},
): Record<string, unknown> {
  const { url = "https://hooks.example.net/sms", resourceSid = messageSid } = changes;
  return {
    resource_sid: resourceSid,
    service_sid: resourceSid,
    error_code: "11200",
    more_info: {
      Msg: "Bad Gateway",
      sourceComponent: "14100",
      ErrorCode: "11200",
      EmailNotification: "false",
      httpResponse: "502",
      LogLevel: "ERROR",
      url,
    },
    webhook: {
      type: "application/json",
      request: {
        url,
        method: "POST",
        headers: {},
        parameters: changes.parameters ?? {
          MessageSid: resourceSid,
          Body: "Stop",
          From: "+15005550006",
        },
      },
      response: changes.response ?? {
        status_code: null,
        headers: {
          "content-length": "430",
          "X-Twilio-WebhookError": "11203 HTTP communication total time out triggered",
          "X-Twilio-WebhookAttempt": "1",
          "content-type": "text/html",
        },
        body:
          `Twilio was unable to fetch content from: ${url}\\nError: Total timeout is triggered. ` +
          "Configured tt is 15000ms and we attempted 1 time(s)",
      },
    },
  };
}
