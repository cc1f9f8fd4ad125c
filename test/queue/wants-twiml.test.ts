import { expect, test } from "vitest";
import { wantsTwiml } from "../../src/queue/wants-twiml.ts";
import { receivedWebhook, smsFields } from "../support/webhooks.ts";
import type { Fields } from "../support/sign.ts";

const call = "CA00000000000000000000000000000001";

test.each<[what: string, wanted: boolean, fields: Fields]>([
  ["an incoming message", true, smsFields()],
  [
    "an incoming call",
    true,
    [
      ["CallSid", call],
      ["CallStatus", "ringing"],
    ],
  ],
  [
    "a step of a call",
    true,
    [
      ["CallSid", call],
      ["CallStatus", "in-progress"],
      ["Digits", "1"],
    ],
  ],
  [
    "a call that is over",
    false,
    [
      ["CallSid", call],
      ["CallStatus", "completed"],
    ],
  ],
  [
    "a call's progress",
    false,
    [
      ["CallSid", call],
      ["CallStatus", "ringing"],
      ["CallbackSource", "call-progress-events"],
    ],
  ],
  [
    "a numbered event of a call",
    false,
    [
      ["CallSid", call],
      ["CallStatus", "in-progress"],
      ["SequenceNumber", "2"],
    ],
  ],
  [
    "a recording",
    false,
    [
      ["CallSid", call],
      ["CallStatus", "in-progress"],
      ["RecordingStatus", "completed"],
    ],
  ],
  [
    "a conference",
    false,
    [
      ["CallSid", call],
      ["CallStatus", "in-progress"],
      ["ConferenceSid", "CF1"],
    ],
  ],
  [
    "a message's status",
    false,
    [
      ["MessageSid", "SM1"],
      ["MessageStatus", "sent"],
      ["SmsStatus", "sent"],
    ],
  ],
])("wantsTwiml() of %s is %s", (_, wanted, parameters) => {
  expect(wantsTwiml({ ...receivedWebhook(), parameters })).toBe(wanted);
});

test("wantsTwiml() reads a GET's query", () => {
  const { rawUrl } = receivedWebhook({
    method: "GET",
    url: `https://hooks.example.net/x?CallSid=${call}&CallStatus=ringing`,
  });
  expect(wantsTwiml({ rawUrl, parameters: [] })).toBe(true);
});
