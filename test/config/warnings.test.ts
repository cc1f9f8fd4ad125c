import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { validEnv } from "./valid-env.ts";

const warningsOf = (name: string, path: string, tt: number): readonly string[] =>
  parseConfig(
    validEnv({ ORIGINS: { [name]: { path, url: `https://app.example.com/a#tt=${tt}` } } }),
  ).warnings.map(({ key, message }) => `${key}: ${message}`);

test.each([
  ["conversations", "/a", 5_001],
  ["a", "/twilio/conversation", 5_001],
  ["TaskRouter", "/a", 5_001],
  ["a", "/task-router/assignment", 5_001],
  ["event_streams", "/a", 5_001],
  ["a", "/eventstream", 5_001],
  ["studio", "/a", 10_001],
])("parseConfig() warns when %s at %s has a budget of %d ms", (name, path, tt) => {
  expect(warningsOf(name, path, tt)).toEqual([
    expect.stringMatching(new RegExp(`^ORIGINS.${name}.url: .*its budget \\(tt\\) is ${tt} ms`)),
  ]);
});

test.each([
  ["conversations", "/a", 5_000],
  ["a", "/task-router/assignment", 5_000],
  ["event-streams", "/a", 5_000],
  ["studio", "/a", 10_000],
  ["voice", "/sms", 15_000],
])("parseConfig() has nothing to say of %s at %s with %d ms", (name, path, tt) => {
  expect(warningsOf(name, path, tt)).toEqual([]);
});

test("parseConfig() warns of an origin and a fallback on this machine, and of overrides without effect", () => {
  const origin = {
    path: "/sms",
    url: "http://127.0.0.1:8788/sms#ct=500",
    fallback: "http://[::1]:8789/",
  };
  expect(parseConfig(validEnv({ ORIGINS: { sms: origin } })).warnings).toEqual([
    { key: "ORIGINS.sms.url", message: expect.stringContaining("127.0.0.1:8788 is this machine") },
    { key: "ORIGINS.sms.url", message: expect.stringContaining("ct has no effect") },
    { key: "ORIGINS.sms.fallback", message: expect.stringContaining("[::1]:8789 is this machine") },
  ]);
});
