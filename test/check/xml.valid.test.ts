import { expect, test } from "vitest";
import { parseTwiml } from "../../src/check/xml.ts";

test.each([
  ["a verb", "<Response><Say>Hello</Say></Response>"],
  [
    "a declaration",
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say>Hello</Say></Response>',
  ],
  ["a byte order mark", "\uFEFF<?xml version='1.0'?><Response><Say/></Response>"],
  ["comments and instructions around it", "<!-- a --><?b c?><Response><Say/></Response><!-- d -->"],
  ["white space around it", "\r\n <Response>\r\n<Say/>\r\n</Response>\r\n"],
  [
    "predefined entities",
    "<Response><Say>&amp;&lt;&gt;&quot;&apos;&#x20AC;&#8364;</Say></Response>",
  ],
  ["CDATA", "<Response><Say><![CDATA[ <&> ]]></Say></Response>"],
  ["characters beyond the BMP", "<Response><Message>👋🏽 Grüße</Message></Response>"],
  ["a verb that Twilio does not have", "<Response><Dance/></Response>"],
  ["namespaces", '<Response xmlns:x="urn:x"><x:Say/></Response>'],
  ["a document type", '<!DOCTYPE Response SYSTEM "twiml.dtd"><Response><Say/></Response>'],
  [
    "a bomb that is not set off",
    '<!DOCTYPE Response [<!ENTITY a "&b;&b;">]><Response><Say/></Response>',
  ],
])("parseTwiml() takes TwiML with %s", (_, text) => {
  expect(parseTwiml(text)).toEqual({ ok: true, isEmpty: false });
});

test.each(["<Response/>", "<Response></Response>", "<Response>\n  <!-- nothing -->\n</Response>"])(
  "parseTwiml() calls %j empty: no verb is in it",
  (text) => {
    expect(parseTwiml(text)).toEqual({ ok: true, isEmpty: true });
  },
);

test("parseTwiml() takes elements nested a thousand deep", () => {
  const text = `<Response>${"<a>".repeat(1000)}${"</a>".repeat(1000)}</Response>`;
  expect(parseTwiml(text).ok).toBe(true);
});
