import { expect, test } from "vitest";
import { asTwilioWrites } from "../../../src/cli/log/number.ts";

test.each([
  ["+1 (415) 555-0123", "+14155550123"],
  ["+49 30\u2013123.456", "+4930123456"],
  ["whatsapp:+1 415 555 0123", "whatsapp:+14155550123"],
  ["client:anna-maria", "client:anna-maria"],
  ["sip:a-b@example.com", "sip:a-b@example.com"],
  ["415-555-0123", "415-555-0123"],
])("asTwilioWrites(%s) is %s", (typed, written) => {
  expect(asTwilioWrites(typed)).toBe(written);
});
