import { env } from "cloudflare:workers";
import { expect, test } from "vitest";

test("the Worker under test has what the tests give it, and nothing of the user's own", () => {
  const names = Object.keys(env).filter((name) => !name.startsWith("__VITEST"));
  expect(names.toSorted()).toEqual([
    "ANSWERS",
    "LEDGER",
    "LOG_ADMIN_TOKEN",
    "LOG_TOKEN",
    "ORIGINS",
    "PAGE",
    "TWILIO_AUTH_TOKEN",
  ]);
});
