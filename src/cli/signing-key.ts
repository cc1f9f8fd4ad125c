import { randomBytes } from "node:crypto";
import { err, ok, type Result } from "../shared/result.ts";
import { type Key, parseKeys } from "../verify/keys.ts";
import type { Io } from "./io.ts";
import { askSecret } from "./prompt.ts";
import { type Variables, variables } from "./variables.ts";

/** Which key a webhook is to be signed with. */
export type KeyChoice =
  /** The account's own auth token where there is one, else `TWILIO_AUTH_TOKEN`. */
  | { readonly kind: "auth_token"; readonly accountSid: string | undefined }
  /** An entry of `TWILIO_SIGNING_KEYS`. */
  | { readonly kind: "signing_key"; readonly keySid: string }
  /** One that nobody knows: what a forger has. */
  | { readonly kind: "random" };

/**
 * Finds the key to sign with: in the environment, else in `.dev.vars` of the current folder, else
 * (an auth token) by asking for it. Never in an argument, which every process list shows.
 *
 * Of several auth tokens parted by commas it is the first: Twilio signs with the primary one.
 *
 * @returns The key, or one sentence that says what is missing.
 */
export async function findKey(choice: KeyChoice, io: Io): Promise<Result<Key, string>> {
  switch (choice.kind) {
    case "random":
      return ok({
        name: "random",
        secret: randomBytes(16).toString("hex"),
        algorithm: "HMAC-SHA1",
      });
    case "signing_key":
      return findSigningKey(choice.keySid, variables(io));
    case "auth_token":
      return findAuthToken(choice.accountSid, io);
  }
}

const signingKeysName = "TWILIO_SIGNING_KEYS";

async function findAuthToken(accountSid: string | undefined, io: Io): Promise<Result<Key, string>> {
  const found = variables(io);
  const names = [
    ...(accountSid === undefined ? [] : [`TWILIO_AUTH_TOKEN_${accountSid}`]),
    "TWILIO_AUTH_TOKEN",
  ];
  for (const name of names) {
    const secret = found[name]?.split(",")[0]?.trim();
    if (secret) return ok({ name: `${name}#1`, secret, algorithm: "HMAC-SHA1" });
  }
  const typed = await askSecret("Auth token (TWILIO_AUTH_TOKEN):", io);
  if (typed !== undefined) return ok({ name: "typed", secret: typed, algorithm: "HMAC-SHA1" });
  return err(
    "no auth token: set TWILIO_AUTH_TOKEN in the environment or in .dev.vars of this folder",
  );
}

function findSigningKey(keySid: string, found: Variables): Result<Key, string> {
  const text = found[signingKeysName];
  if (!text) {
    return err(
      `no signing keys: set ${signingKeysName} in the environment or in .dev.vars of this folder`,
    );
  }
  const { keys, problems } = parseKeys({ [signingKeysName]: text });
  const key = keys.signingKeys.get(keySid);
  if (key !== undefined) return ok(key);
  const problem = problems.find((one) => one.key === signingKeysName)?.message;
  return err(`no usable key ${keySid} in ${signingKeysName}${problem ? `: ${problem}` : ""}`);
}
