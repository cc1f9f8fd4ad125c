import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { accountSid, sms, validEnv, withOrigin } from "./valid-env.ts";

const debuggers = { mode: "debugger", url: undefined };
const lastResort = { mode: "twilio_fallback", url: undefined };
const twiml = "<Response><Say>Please call again later.</Say></Response>";

describe('parseConfig() reads mode = "debugger"', () => {
  test("which needs a path only, and forwards nothing", () => {
    const config = parseConfig(
      withOrigin({ ...debuggers, accounts: [accountSid], log: { bodies: false } }),
    );
    expect(config.problems).toEqual([]);
    expect(config.origins).toEqual([]);
    expect(config.reportOrigins).toMatchObject([
      {
        name: "sms",
        takes: "debugger",
        verify: "enforce",
        twiml: undefined,
        accounts: new Set([accountSid]),
        log: { bodies: false },
      },
    ]);
  });

  test.each([
    [{ url: "https://app.example.com/sms" }, "url", "expected no url, found one"],
    [{ fallback_twiml: twiml }, "fallback_twiml", "nothing is forwarded here"],
    [{ sign: "keep" }, "sign", "nothing is forwarded here"],
    [{ dedupe: false }, "dedupe", "nothing is forwarded here"],
    [{ ack: "204" }, "ack", 'belongs to mode = "queue"'],
    [{ verify: "observe" }, "verify", 'expected "enforce"'],
  ])("and refuses %o", (change, key, message) => {
    const { problems, brokenOrigins } = parseConfig(withOrigin({ ...debuggers, ...change }));
    expect(problems.map((each) => each.key)).toEqual([`ORIGINS.sms.${key}`]);
    expect(problems[0]?.message).toContain(message);
    expect(brokenOrigins.map(({ name }) => name)).toEqual(["sms"]);
  });
});

test("parseConfig() keeps and shows of what Twilio tells no more than of the webhooks that it repeats", () => {
  const config = parseConfig(
    validEnv({
      ORIGINS: {
        sms: { ...sms, log: { bodies: false, mask: ["OrderId"] } },
        debugger: { path: "/debugger", mode: "debugger", log: { mask: ["Own"] } },
      },
    }),
  );
  expect(config.problems).toEqual([]);
  expect(config.reportOrigins[0]?.log).toMatchObject({ bodies: false, mask: ["Own", "OrderId"] });
});

describe('parseConfig() reads mode = "twilio_fallback"', () => {
  test("with TwiML alone: answered at once", () => {
    const config = parseConfig(withOrigin({ ...lastResort, fallback_twiml: twiml }));
    expect(config.problems).toEqual([]);
    expect(config.reportOrigins).toMatchObject([{ takes: "twilio_fallback", twiml }]);
  });

  test("with a URL: forwarded there, and the TwiML where that fails", () => {
    const fallback = "https://last.example.com/voice#tt=9000";
    const config = parseConfig(withOrigin({ ...lastResort, fallback, fallback_twiml: twiml }));
    expect(config.problems).toEqual([]);
    expect(config.reportOrigins).toEqual([]);
    expect(config.origins).toMatchObject([
      {
        takes: "twilio_fallback",
        target: {
          base: "https://last.example.com",
          path: "/voice",
          overrides: { budgetMs: 9_000 },
        },
        fallback: { kind: "twiml", twiml },
      },
    ]);
  });

  test("refuses to have no answer, and a url", () => {
    const problems = (change: Record<string, unknown>): readonly string[] =>
      parseConfig(withOrigin({ ...lastResort, ...change })).problems.map(
        ({ key, message }) => `${key}: ${message}`,
      );
    expect(problems({})).toEqual([
      expect.stringContaining("ORIGINS.sms: expected fallback or fallback_twiml, found neither"),
    ]);
    expect(problems({ fallback_twiml: twiml, url: "https://app.example.com/sms" })).toEqual([
      expect.stringContaining("ORIGINS.sms.url: expected no url, found one"),
    ]);
    expect(problems({ fallback: "http://app.example.com/sms" })).toEqual([
      expect.stringContaining("ORIGINS.sms.fallback: expected an https URL"),
    ]);
    expect(problems({ fallback_twiml: "<Say/>" })).toEqual([
      expect.stringContaining("ORIGINS.sms.fallback_twiml: expected TwiML"),
    ]);
  });
});
