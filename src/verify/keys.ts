import { isTable } from "../shared/table.ts";

/** The HMACs Twilio signs with: SHA-1 for auth tokens, either for signing keys. */
export type SignatureAlgorithm = "HMAC-SHA1" | "HMAC-SHA256";

/** An auth token or a signing key of Twilio's. Its secret is never logged; its name is. */
export interface Key {
  /** How logs and headers call it, such as `TWILIO_AUTH_TOKEN#1`, `TWILIO_AUTH_TOKEN_AC…#2` or the key sid. Never the value. */
  readonly name: string;
  readonly secret: string;
  readonly algorithm: SignatureAlgorithm;
}

/** Every key of the configuration. */
export interface ConfiguredKeys {
  /** `TWILIO_AUTH_TOKEN`: primary first. */
  readonly defaultTokens: readonly Key[];
  /** `TWILIO_AUTH_TOKEN_AC…` by AccountSid: an account listed here is checked with these alone. */
  readonly accountTokens: ReadonlyMap<string, readonly Key[]>;
  /** `TWILIO_SIGNING_KEYS` by key sid. They name no account: whoever holds one can sign for every account. */
  readonly signingKeys: ReadonlyMap<string, Key>;
}

/** A key that cannot be used as configured. Holds no secret. */
export interface KeyProblem {
  /** Name of the variable, such as `TWILIO_AUTH_TOKEN`. */
  readonly key: string;
  readonly message: string;
}

const DEFAULT_TOKENS = "TWILIO_AUTH_TOKEN";
const SIGNING_KEYS = "TWILIO_SIGNING_KEYS";
const ACCOUNT_TOKENS = /^TWILIO_AUTH_TOKEN_(AC[0-9a-f]{32})$/;

/**
 * Values that documents, examples and test suites use, in lower case and without punctuation: whoever
 * leaves one in place accepts everybody's webhooks. A single repeated character (`xxxx`) counts as one too.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "123456",
  "1234567890",
  "authtoken",
  "changeme",
  "changeit",
  "example",
  "fillmein",
  "insertauthtokenhere",
  "mytoken",
  "myauthtoken",
  "password",
  "placeholder",
  "replaceme",
  "replacewithyourauthtoken",
  "secret",
  "test",
  "testtoken",
  "todo",
  "token",
  "twilioauthtoken",
  "yourauthtoken",
  "yourauthtokenhere",
  "yoursecret",
  "yoursigningkey",
  "yourtoken",
  "yourtwilioauthtoken",
]);

/**
 * Reads every key of the environment, and all that is wrong with them.
 *
 * - `TWILIO_AUTH_TOKEN`: one token, or several separated by commas, so that a rotation loses nothing.
 * - `TWILIO_AUTH_TOKEN_<AccountSid>`: the same for one account.
 * - `TWILIO_SIGNING_KEYS`: JSON from key sid to `{ "secret", "algorithm" }`.
 *
 * A key with a problem is left out, the others are there. Fails closed: no key at all is a problem as well.
 *
 * @param env Only the names above are looked at; one that starts like them and is none of them is a problem.
 * @returns Messages tell neither a secret nor anything of the JSON, in which it could stand anywhere.
 */
export function parseKeys(env: Readonly<Record<string, unknown>>): {
  readonly keys: ConfiguredKeys;
  readonly problems: readonly KeyProblem[];
} {
  const problems: KeyProblem[] = [];
  const defaultTokens: Key[] = [];
  const accountTokens = new Map<string, readonly Key[]>();
  const signingKeys = new Map<string, Key>();
  for (const [name, value] of Object.entries(env)) {
    const report = (message: string): void => void problems.push({ key: name, message });
    if (name === SIGNING_KEYS) {
      for (const key of readSigningKeys(value, report)) signingKeys.set(key.name, key);
    } else if (name === DEFAULT_TOKENS) {
      defaultTokens.push(...readTokens(name, value, report));
    } else if (name.startsWith(DEFAULT_TOKENS)) {
      const accountSid = ACCOUNT_TOKENS.exec(name)?.[1];
      if (accountSid === undefined) {
        report(
          "expected TWILIO_AUTH_TOKEN_ and an AccountSid (AC and 32 lower-case hexadecimal digits)",
        );
        continue;
      }
      // Kept even when it is empty: an account with a broken token must not fall back to the default ones.
      accountTokens.set(accountSid, readTokens(name, value, report));
    }
  }
  const hasKey = [...accountTokens.values(), defaultTokens, [...signingKeys.values()]].some(
    ({ length }) => length > 0,
  );
  if (!hasKey && !problems.some(({ key }) => key === DEFAULT_TOKENS)) {
    problems.push({
      key: DEFAULT_TOKENS,
      message: "expected the account's auth token, found no key at all",
    });
  }
  return { keys: { defaultTokens, accountTokens, signingKeys }, problems };
}

type Report = (message: string) => void;

function readTokens(name: string, value: unknown, report: Report): readonly Key[] {
  if (typeof value !== "string") {
    report("expected text, one auth token or several separated by commas");
    return [];
  }
  const secrets = value.split(",").map((secret) => secret.trim());
  return secrets.flatMap((secret, index) => {
    const key: Key = { name: `${name}#${index + 1}`, secret, algorithm: "HMAC-SHA1" };
    const mistake = mistakeIn(secret);
    if (mistake === undefined) return [key];
    report(secrets.length === 1 ? mistake : `number ${index + 1} of the list: ${mistake}`);
    return [];
  });
}

function readSigningKeys(value: unknown, report: Report): readonly Key[] {
  const entries = parseEntries(value);
  if (entries === undefined || entries.length === 0) {
    report('expected JSON such as {"<key sid>": {"secret": "…", "algorithm": "HMAC-SHA256"}}');
    return [];
  }
  return entries.flatMap(([sid, entry], index) => {
    const complain = (message: string): readonly Key[] => {
      report(`entry ${index + 1}: ${message}`);
      return [];
    };
    if (sid.trim() === "") return complain("expected a key sid, found an empty name");
    if (!isTable(entry)) return complain('expected an object with "secret" and "algorithm"');
    const { secret, algorithm } = entry;
    if (typeof secret !== "string") return complain('expected text as "secret"');
    if (!isAlgorithm(algorithm))
      return complain('expected "HMAC-SHA1" or "HMAC-SHA256" as "algorithm"');
    const mistake = mistakeIn(secret);
    return mistake === undefined ? [{ name: sid, secret, algorithm }] : complain(mistake);
  });
}

/** Why a secret cannot be meant; `undefined` when it can. */
function mistakeIn(secret: string): string | undefined {
  const bare = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (secret.trim() === "") return "expected a secret, found an empty value";
  if (bare === "" || /^(.)\1*$/.test(bare) || PLACEHOLDERS.has(bare)) {
    return "expected a secret, found an example value";
  }
  return undefined;
}

/** Without the parser's message, which quotes what it read. */
function parseEntries(json: unknown): readonly [string, unknown][] | undefined {
  if (typeof json !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isTable(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined;
  }
}

function isAlgorithm(value: unknown): value is SignatureAlgorithm {
  return value === "HMAC-SHA1" || value === "HMAC-SHA256";
}
