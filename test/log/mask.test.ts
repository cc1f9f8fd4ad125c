import { describe, expect, test } from "vitest";
import { maskJson, maskMarkup, maskParameters, maskPath, maskValue } from "../../src/log/mask.ts";

const builtIn = { mask: [], unmask: [] };

describe("maskValue()", () => {
  test.each([
    ["+14155551234", "+1…34"],
    ["+442071838750", "+44…50"],
    ["+358401234567", "+358…67"],
    ["whatsapp:+14155551234", "whatsapp:+1…34"],
    ["Hello", "(5 characters)"],
    ["👋🏽", "(2 characters)"],
    ["", ""],
  ])("shows %j as %j", (value, shown) => {
    expect(maskValue(value)).toBe(shown);
  });
});

describe("maskParameters()", () => {
  test("masks what is personal and leaves the rest", () => {
    const parameters = [
      ["From", "+14155551234"],
      ["FromCity", "SAN FRANCISCO"],
      ["FromCountry", "US"],
      ["MessageSid", "SM1"],
      ["MediaUrl0", "https://x"],
    ] as const;
    expect(maskParameters(parameters, builtIn)).toEqual([
      ["From", "+1…34"],
      ["FromCity", "(13 characters)"],
      ["FromCountry", "US"],
      ["MessageSid", "SM1"],
      ["MediaUrl0", "(9 characters)"],
    ]);
  });

  test("masks what is a password in a webhook URL", () => {
    expect(
      maskParameters(
        [
          ["token", "s3"],
          ["api_key", "k"],
          ["tokens", "2"],
        ],
        builtIn,
      ),
    ).toEqual([
      ["token", "(2 characters)"],
      ["api_key", "(1 characters)"],
      ["tokens", "2"],
    ]);
  });

  test("masks what an origin adds and shows what it takes off", () => {
    const rule = { mask: ["OrderId"], unmask: ["Body"] };
    expect(
      maskParameters(
        [
          ["OrderId", "12"],
          ["Body", "hi"],
        ],
        rule,
      ),
    ).toEqual([
      ["OrderId", "(2 characters)"],
      ["Body", "hi"],
    ]);
  });

  test("looks into a value that holds others", () => {
    const payload = JSON.stringify({
      webhook: { request: { parameters: { From: "+14155551234" } } },
    });
    expect(maskParameters([["Payload", payload]], builtIn)[0]?.[1]).not.toContain("5551234");
  });
});

test("maskJson() masks personal fields at any depth and in any spelling", () => {
  const text = JSON.stringify([
    { data: { from: "+14155551234", messageSid: "SM1", to: ["+14155551234"] } },
  ]);
  expect(maskJson(text, builtIn)).toBe(
    '[{"data":{"from":"+1…34","messageSid":"SM1","to":["+1…34"]}}]',
  );
});

test("maskJson() masks numbers in what Twilio's Debugger says, and leaves codes and sids", () => {
  const sid = `SM${"0123456789abcdef".repeat(2)}`;
  const info = {
    Msg: "The 'To' number +15005550006 is not valid.",
    invalid_number: "+15005550006",
    ErrorCode: "21211",
    about: sid,
  };
  expect(JSON.parse(maskJson(JSON.stringify({ more_info: info }), builtIn) ?? "")).toEqual({
    more_info: {
      Msg: "The 'To' number +…06 is not valid.",
      invalid_number: "+…06",
      ErrorCode: "21211",
      about: sid,
    },
  });
});

test("maskJson() knows what is not JSON, and what has no name", () => {
  for (const text of ["hello", "482913", '"hello"', "true"])
    expect(maskJson(text, builtIn)).toBeUndefined();
});

test("maskJson() masks digits and secrets, where an application tells them", () => {
  const rule = { mask: [], unmask: ["Digits"] };
  expect(maskJson('{"Digits":"4242","security_code":"123","CallToken":"abc"}', rule)).toBe(
    '{"Digits":"(4 characters)","security_code":"(3 characters)","CallToken":"(3 characters)"}',
  );
});

test("maskMarkup() hides text wherever XML may have it", () => {
  const twiml =
    "<!-- Bob --><Response><Say><![CDATA[Hello Bob]]></Say><Sms to='+14155551234'>x &amp; Bob</Sms></Response>";
  expect(maskMarkup(twiml)).toBe(
    '<Response><Say>(9 characters)</Say><Sms to="+1…34">(7 characters)</Sms></Response>',
  );
});

test("maskMarkup() shows nothing of what is not XML", () => {
  expect(maskMarkup("Hello <b>Bob</i> 12")).toBe("(19 characters)");
});

test("maskPath() hides long numbers in a path", () => {
  expect(maskPath("/voice/+14155551234/step2")).toBe("/voice/+…34/step2");
  expect(maskPath("/c/CA01234567890123456789012345678901/1234567")).toBe(
    "/c/CA01234567890123456789012345678901/…67",
  );
});

test("maskParameters() masks the query of a URL in a value, and names in any case", () => {
  const masked = maskParameters(
    [
      ["Callback", "https://h.example/x?From=%2B14155551234&Id=7"],
      ["orderid", "12"],
    ],
    { mask: ["OrderId"], unmask: [] },
  );
  expect(masked).toEqual([
    ["Callback", "https://h.example/x?From=+1…34&Id=7"],
    ["orderid", "(2 characters)"],
  ]);
});

test.each([
  ["a form", "CallSid=CA1&From=%2B14155551234", "CallSid=CA1&From=+1…34"],
  ["a form as it is typed", "Body=Hello Bob&CallSid=CA1", "Body=(9 characters)&CallSid=CA1"],
  ["a URL without a host", "/voice?Caller=%2B14155551234", "/voice?Caller=+1…34"],
  ["a URL's path", "https://h.example/14155551234", "https://h.example/…34"],
  [
    "a sentence",
    "502 of https://h.example/x?Body=Bob in 2 s",
    "502 of https://h.example/x?Body=(3 characters) in 2 s",
  ],
  [
    "markup",
    "<Response><Say>Bob</Say></Response>",
    "<Response><Say>(3 characters)</Say></Response>",
  ],
  ["what only looks like a form", "a=%2b+%zz", "a=%2b+%zz"],
])("maskParameters() looks into %s in a value", (_, value, shown) => {
  expect(maskParameters([["Msg", value]], builtIn)).toEqual([["Msg", shown]]);
});

test("maskMarkup() shows the elements and hides what they say", () => {
  const twiml =
    '<Response><Dial callerId="+14155551234"><Number>+14155551235</Number></Dial><Say>Hello Bob</Say></Response>';
  expect(maskMarkup(twiml)).toBe(
    '<Response><Dial callerId="+1…34"><Number>+1…35</Number></Dial><Say>(9 characters)</Say></Response>',
  );
});
