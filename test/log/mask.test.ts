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

test("maskJson() knows what is not JSON", () => {
  expect(maskJson("hello", builtIn)).toBeUndefined();
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

test("maskMarkup() shows the elements and hides what they say", () => {
  const twiml =
    '<Response><Dial callerId="+14155551234"><Number>+14155551235</Number></Dial><Say>Hello Bob</Say></Response>';
  expect(maskMarkup(twiml)).toBe(
    '<Response><Dial callerId="+1…34"><Number>+1…35</Number></Dial><Say>(9 characters)</Say></Response>',
  );
});
