import { describe, expect, test } from "vitest";
import { presentDelivery } from "../../src/log/present.ts";
import { utf8 } from "../../src/shared/utf8.ts";
import { deliveryRecord } from "../support/records.ts";

const builtIn = { mask: [], unmask: [] };

function shownAnswer(type: string, body: string, location?: string): unknown {
  const headers: [string, string][] = [["content-type", type]];
  if (location !== undefined) headers.push(["location", location]);
  const answer = { status: 200, headers, body: utf8(body) };
  const record = deliveryRecord({ id: "01KB3Y00000000000000000000", answer });
  return presentDelivery(record, builtIn)["answer"];
}

describe("presentDelivery()", () => {
  test.each([
    ["text/plain", "482913", "(6 characters)"],
    ["text/plain", '["call me"]', "(11 characters)"],
    ["application/json", '"482913"', "(8 characters)"],
    ["application/json", '{"to":"+14155551234","id":7}', '{"to":"+1…34","id":7}'],
    [
      "text/xml",
      "<Response><Say>482913</Say></Response>",
      "<Response><Say>(6 characters)</Say></Response>",
    ],
  ])("masks an answer of %s by its type, whatever it looks like: %s", (type, body, shown) => {
    expect(shownAnswer(type, body)).toMatchObject({ body: shown });
  });

  test("masks a number in the path of Location, and what its query says", () => {
    expect(shownAnswer("text/plain", "", "/call/+14155551234?From=%2B14155551234")).toMatchObject({
      headers: [
        ["content-type", "text/plain"],
        ["location", "/call/+…34?From=+1…34"],
      ],
    });
  });
});
