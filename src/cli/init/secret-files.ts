import { parseEnv } from "node:util";

/** Values of the secrets that a new project begins with. */
export interface NewSecrets {
  /** As the user typed it; `undefined` where it is left for later. */
  readonly authToken: string | undefined;
  /** Makes a bearer token: 32 random bytes, base64url. A new one at each call. */
  readonly makeToken: () => string;
}

/** A secret, and what its line in the files is headed by. */
interface Secret {
  readonly name: string;
  readonly about: string;
  /** Whether the line is only shown in the example: most have no use for it. */
  readonly isRare?: boolean;
}

const secrets: readonly Secret[] = [
  {
    name: "TWILIO_AUTH_TOKEN",
    about:
      "Twilio's auth token of the account, from the first page of its console. Two, separated by a comma, while it\n# is being rotated: primary, secondary.",
  },
  {
    name: "TWILIO_AUTH_TOKEN_AC00000000000000000000000000000000",
    about: "The same for one account, such as a subaccount, its AccountSid in the name.",
    isRare: true,
  },
  {
    name: "TWILIO_SIGNING_KEYS",
    about: 'Signing keys, experimental: JSON from key sid to { "secret", "algorithm" }.',
    isRare: true,
  },
  { name: "LOG_TOKEN", about: "Bearer token that reads the log, 32 characters or more." },
  {
    name: "LOG_ADMIN_TOKEN",
    about: "Bearer token that also unmasks what is personal, sends again and erases; another one.",
  },
  {
    name: "LOG_KEY",
    about:
      "Seals what is stored of a webhook and of its answer, 32 characters or more. Two with a comma while it is\n# rotated, the new one first.",
  },
  {
    name: "SLACK_URL",
    about:
      'What [vars.ALERTS] asks for by "$NAME", such as the address of an incoming webhook of Slack.',
    isRare: true,
  },
];

/** The names that are set in a file of the form of `.dev.vars`, empty values left out. */
export function namesSetIn(text: string): readonly string[] {
  return Object.entries(parseEnv(text)).flatMap(([name, value]) => (value ? [name] : []));
}

/**
 * What a `.dev.vars` lacks: a line for each secret that stands in it neither empty nor filled.
 *
 * @param text What it holds; empty where there is none.
 * @returns The lines to add, and the names that they set. Nothing is ever taken out.
 */
export function secretsToAdd(
  text: string,
  { authToken, makeToken }: NewSecrets,
): { readonly text: string; readonly names: readonly string[] } {
  const there = Object.keys(parseEnv(text));
  // Whoever has keys of single accounts, or signing keys, may want no other.
  const hasTwilioKey = there.some((name) => name.startsWith("TWILIO_"));
  const missing = secrets.filter(
    ({ name, isRare }) =>
      isRare !== true && !there.includes(name) && !(name === "TWILIO_AUTH_TOKEN" && hasTwilioKey),
  );
  const lines = missing.map(({ name, about }) => {
    const value = name === "TWILIO_AUTH_TOKEN" ? (authToken ?? "") : makeToken();
    return `# ${about}\n${name}=${value}\n`;
  });
  return { text: lines.join("\n"), names: missing.map(({ name }) => name) };
}

/** Names of all secrets, without a value: may be shown to everybody. */
export function secretsExample(): string {
  const lines = secrets.map(
    ({ name, about, isRare }) => `# ${about}\n${isRare === true ? "# " : ""}${name}=\n`,
  );
  return `# The secrets of Hookswitch: names only. On this machine their values are in .dev.vars, in production each is set with
# \`npx wrangler secret put <NAME>\`. An empty value is a configuration problem: leave out what is not needed.

${lines.join("\n")}`;
}
