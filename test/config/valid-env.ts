/** Values that pass every check, and are not anybody's. */
export const authToken = "5f0c3f9e7b1a4d2c8e6f0a9b3c5d7e1f";
export const logToken = "hXq3Zr8vT1mK6yB9wN4sE7uC2pD5fG0j";
export const adminToken = "jG0fD5pC2uE7sN4wB9yK6mT1vr8Zq3Xh";
export const accountSid = `AC${"0123456789abcdef".repeat(2)}`;

/** The least an origin needs. */
export const sms = { path: "/sms", url: "https://app.example.com/sms" };

/** An environment with nothing wrong in it: one origin, its key and the log's tokens. */
export function validEnv(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    TWILIO_AUTH_TOKEN: authToken,
    LOG_TOKEN: logToken,
    LOG_ADMIN_TOKEN: adminToken,
    ORIGINS: { sms },
    LEDGER: {},
    ...changes,
  };
}

/** The same with `changes` in its one origin; a key that is `undefined` there is taken out. */
export function withOrigin(
  changes: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const origin = Object.fromEntries(
    Object.entries({ ...sms, ...changes }).filter(([, value]) => value !== undefined),
  );
  return validEnv({ ORIGINS: { sms: origin }, ...env });
}

/** Stands for a KV binding. */
export const boundKv = { get: () => null, put: () => undefined };
