import { afterEach, expect, test, vi } from "vitest";
import { ownEnv } from "./own-env.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  "TWILIO_AUTH_TOKEN",
  "TWILIO_AUTH_TOKEN_AC0123456789abcdef0123456789abcdef",
  "TWILIO_SIGNING_KEYS",
  "LOG_TOKEN",
  "LOG_DAYS",
  "LEDGER_SHARDS",
  "HOOKSWITCH_URL",
])("ownEnv() leaves the machine's %s out", (name) => {
  vi.stubEnv(name, "the user's own");
  expect(ownEnv()).not.toHaveProperty(name);
});

test("ownEnv() keeps what else there is, and sets what the test says", () => {
  vi.stubEnv("LOG_TOKEN", "the user's own");
  expect(ownEnv({ LOG_TOKEN: "the test's" })).toMatchObject({
    PATH: process.env["PATH"],
    LOG_TOKEN: "the test's",
  });
});
