import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { accountSid, sms } from "./valid-env.ts";

/** No part of any message. */
const MARKER = "q7Zk9Vx2";

/** A secret, well-formed or not, with the marker in it. */
const secret = fc
  .tuple(fc.string({ maxLength: 40, unit: "binary" }), fc.string({ maxLength: 40, unit: "binary" }))
  .map(([before, after]) => `${before}${MARKER}${after}`);

/** A URL, well-formed or not, with secrets where people put them. */
const urlWithSecret = fc.oneof(
  secret.map((text) => `https://${text}@app.example.com/sms`),
  secret.map((text) => `https://user:${text}@app.example.com/sms`),
  secret.map((text) => `http://app.example.com/sms?token=${text}`),
  secret.map((text) => `//app.example.com/sms?token=${text}#rc=9`),
);

test("parseConfig() tells no secret in any problem, warning or note", () => {
  fc.assert(
    fc.property(
      fc.record({
        TWILIO_AUTH_TOKEN: secret,
        [`TWILIO_AUTH_TOKEN_${accountSid}`]: secret,
        TWILIO_SIGNING_KEYS: fc.oneof(
          secret,
          secret.map((text) => JSON.stringify({ SK1: { secret: text, algorithm: "MD5" } })),
        ),
        LOG_TOKEN: secret,
        LOG_ADMIN_TOKEN: secret,
        LOG_KEY: secret,
        LOGIN: secret,
        ORIGINS_B: secret,
        ORIGINS: fc.record({
          a: fc.record({
            path: fc.constant("/a"),
            url: urlWithSecret,
            fallback: urlWithSecret,
            public_url: urlWithSecret,
            headers: fc.record({
              Authorization: fc.constantFrom("$LOGIN", "$LOG_TOKEN"),
              "X-Api-Key": secret,
              Host: secret,
            }),
          }),
          b: fc.record({ ...mapToConstants(sms), headers: secret }),
        }),
      }),
      fc.constantFrom("problem" as const, "note" as const),
      (env, absentSecrets) => {
        const { problems, warnings, notes } = parseConfig(env, { absentSecrets });
        expect(JSON.stringify([problems, warnings, notes])).not.toContain(MARKER);
        expect(problems.length).toBeGreaterThan(0);
      },
    ),
  );
});

function mapToConstants(record: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, fc.constant(value)]),
  );
}
