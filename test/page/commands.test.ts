import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery, Parameter } from "../../src/page/api-types.ts";
import { curlCommand, quoted, sendCommand } from "../../src/page/commands.ts";

const AccountSid = "AC0123456789abcdef0123456789abcdef";

function told(request: Partial<Delivery["request"]> = {}, masked = false) {
  return {
    masked,
    sids: [],
    request: {
      method: "POST",
      url: "https://hooks.example.com/sms",
      query: [],
      headers: [
        ["Host", "hooks.example.com"],
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["User-Agent", "TwilioProxy/1.1"],
      ] as const,
      content_type: "application/x-www-form-urlencoded",
      body_bytes: 10,
      parameters: [
        { name: "AccountSid", value: AccountSid },
        { name: "Body", value: "It's $HOME `id`" },
      ],
      body: null,
      redacted: false,
      withheld: null,
      ...request,
    },
  };
}

function pairs(...names: readonly string[]): readonly Parameter[] {
  return names.map((name) => ({ name, value: "x" }));
}

describe("curlCommand()", () => {
  test("sends a form as its parameters, and says that it is not signed", () => {
    expect(curlCommand(told())).toBe(
      String.raw`# Not signed: Hookswitch answers 403. Put your application's URL in.
curl -X POST https://hooks.example.com/sms \
  -H 'User-Agent: TwilioProxy/1.1' \
  --data-urlencode 'AccountSid=AC0123456789abcdef0123456789abcdef' \
  --data-urlencode 'Body=It'\''s $HOME ` + "`id`'\n",
    );
  });

  test("sends JSON as it is, with its type", () => {
    const command = curlCommand(told({ parameters: null, body: '{"a":1}' }));
    expect(command).toContain(`--data-raw '{"a":1}'`);
    expect(command).toContain("-H 'Content-Type: ");
  });

  test("has the query of a GET in the URL", () => {
    const command = curlCommand(
      told({ method: "GET", query: [{ name: "Body", value: "a&b" }], parameters: null }),
    );
    expect(command).toContain("-X GET 'https://hooks.example.com/sms?Body=a%26b'");
  });

  test("says that what it holds is masked", () => {
    expect(curlCommand(told({}, true))).toMatch(/^# Personal values are masked/);
  });
});

describe("sendCommand()", () => {
  test("signs with the account's token and sets each parameter", () => {
    expect(sendCommand(told())).toContain(
      `send sms https://hooks.example.com/sms \\
  --account ${AccountSid} \\
  --param AccountSid=${AccountSid}`.replace(
        `AccountSid=${AccountSid}`,
        `'AccountSid=${AccountSid}'`,
      ),
    );
  });

  test.each([
    ["sms", told({ parameters: pairs("MessageSid", "Body") })],
    ["status", told({ parameters: pairs("MessageSid", "MessageStatus") })],
    ["voice", told({ parameters: pairs("CallSid") })],
    ["json", told({ parameters: null, body: "[]" })],
  ])("makes a webhook of %s", (product, delivery) => {
    expect(sendCommand(delivery)).toContain(`npx hookswitch send ${product} `);
  });
});

test("quoted() is one word to a shell, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      // What a POSIX shell makes of it, read by its rules: quotes toggle, a backslash outside of them takes the next.
      let read = "";
      let isQuoted = false;
      const word = quoted(text);
      for (let at = 0; at < word.length; at++) {
        const character = word[at] ?? "";
        if (character === "'") isQuoted = !isQuoted;
        else if (character === "\\" && !isQuoted) read += word[++at] ?? "";
        else {
          if (!isQuoted) expect(character).toMatch(/[\w@%+:,./-]/);
          read += character;
        }
      }
      expect(isQuoted).toBe(false);
      expect(read).toBe(text);
    }),
  );
});
