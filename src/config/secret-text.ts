import type { Report } from "./report.ts";
import { text } from "./shapes.ts";

const SECRET_NAME = /^\$([a-z_]\w*)$/i;

/** Hookswitch's own secrets: nobody else needs them. */
const OWN_SECRET = /^(TWILIO_AUTH_TOKEN.*|TWILIO_SIGNING_KEYS|LOG_TOKEN|LOG_ADMIN_TOKEN|LOG_KEY)$/i;

/**
 * Reads a text of the configuration, `"$NAME"` meaning the secret of that name. What it is is told in no
 * message, since people write secrets there.
 *
 * @param readSecret The environment: `undefined` for a secret that is not set.
 * @returns `undefined` where there is none, which is reported.
 */
export function readSecretText(
  typed: unknown,
  readSecret: (name: string) => unknown,
  report: Report,
): string | undefined {
  if (!text.accepts(typed)) {
    report.problem('expected a text or "$NAME", found an empty text or something else');
    return undefined;
  }
  const secretName = SECRET_NAME.exec(typed)?.[1];
  if (secretName === undefined) return typed;
  if (OWN_SECRET.test(secretName)) {
    report.problem(`expected a secret of its own, found ${secretName}`);
    return undefined;
  }
  const secret = readSecret(secretName);
  if (secret === undefined) {
    report.absentSecret(`expected the secret ${secretName}, found none of that name`);
    return undefined;
  }
  if (text.accepts(secret)) return secret;
  report.problem(`expected text in the secret ${secretName}, found it empty or something else`);
  return undefined;
}
