import { err, ok, type Result } from "../../shared/result.ts";
import type { Io } from "../io.ts";
import { askSecret } from "../prompt.ts";
import { variables } from "../variables.ts";

/** What Twilio's API is asked with. */
export interface Credentials {
  /** Whose resources are meant. */
  readonly accountSid: string;
  /** An API key's sid, or an AccountSid. */
  readonly username: string;
  /** Never printed. */
  readonly password: string;
  /** Where the password is from, for messages. */
  readonly source: string;
  /** Whether they are the account's own, and not its parent's: Messaging Services need that. */
  readonly isOwn: boolean;
}

/**
 * Finds the account and what to ask Twilio with: in the environment, else in `.dev.vars` of the current
 * folder, else (an auth token) by asking for it. Never in an argument, which every process list shows.
 *
 * @param account Of `--account`; else `TWILIO_ACCOUNT_SID` is meant.
 * @returns One sentence that says what is missing or wrong; it never holds a secret.
 */
export async function findCredentials(
  account: string | undefined,
  io: Io,
): Promise<Result<Credentials, string>> {
  const found = variables(io);
  const sourceOf = (name: string): string =>
    `${name} of ${io.env[name] ? "the environment" : ".dev.vars"}`;
  const get = (name: string): string => found[name]?.trim() ?? "";
  const owner = get("TWILIO_ACCOUNT_SID") || account;
  const accountSid = account ?? owner;
  if (accountSid === undefined || owner === undefined) {
    return err(
      "no account: set TWILIO_ACCOUNT_SID in the environment or in .dev.vars of this folder, or say --account",
    );
  }
  if (!/^AC[\da-f]{32}$/i.test(owner)) {
    // Not shown: it may be a token in the wrong place.
    return err("TWILIO_ACCOUNT_SID: expected AC and 32 hexadecimal digits, found something else");
  }
  const ownName = `TWILIO_AUTH_TOKEN_${accountSid}`;
  const ownToken = firstToken(get(ownName));
  if (ownToken) {
    return ok({
      accountSid,
      username: accountSid,
      password: ownToken,
      source: sourceOf(ownName),
      isOwn: true,
    });
  }
  const isOwn = accountSid === owner;
  const keySid = get("TWILIO_API_KEY");
  if (keySid) {
    const password = get("TWILIO_API_KEY_SECRET");
    if (!password) return err("TWILIO_API_KEY is set, but no TWILIO_API_KEY_SECRET: set both");
    if (!/^SK[\da-f]{32}$/i.test(keySid)) {
      return err("TWILIO_API_KEY: expected SK and 32 hexadecimal digits, found something else");
    }
    return ok({
      accountSid,
      username: keySid,
      password,
      source: sourceOf("TWILIO_API_KEY"),
      isOwn,
    });
  }
  const token = firstToken(get("TWILIO_AUTH_TOKEN"));
  const typed = token ? undefined : await askSecret(`Auth token of ${owner}:`, io);
  const password = token || typed;
  if (!password) {
    return err(
      "no credentials: set TWILIO_API_KEY and TWILIO_API_KEY_SECRET, or TWILIO_AUTH_TOKEN, in the environment or in .dev.vars of this folder",
    );
  }
  const source = typed === undefined ? sourceOf("TWILIO_AUTH_TOKEN") : "what was typed";
  return ok({ accountSid, username: owner, password, source, isOwn });
}

/** Of several, parted by commas, Twilio knows the first one for sure: it is the primary. */
function firstToken(tokens: string): string {
  return tokens.split(",")[0]?.trim() ?? "";
}
