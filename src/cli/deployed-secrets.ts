import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable } from "../shared/table.ts";

/** Whatever this process has told wrangler: the list is something that it says. */
const talkative = {
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "log",
  WRANGLER_SEND_METRICS: "false",
};

/**
 * Asks Cloudflare which secrets the deployed Worker has, through wrangler and so with its login or
 * `CLOUDFLARE_API_TOKEN`. Nobody can ask it for their values.
 *
 * @param choice.config Absolute.
 * @param choice.env `undefined`: the top level.
 * @returns Their names, or in one line why wrangler cannot tell. Never throws.
 */
export async function deployedSecrets(choice: {
  readonly config: string;
  readonly env: string | undefined;
}): Promise<Result<readonly string[], string>> {
  const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
  const script = wrangler.replace(/package\.json$/, "bin/wrangler.js");
  const args = ["secret", "list", "--config", choice.config, "--env", choice.env ?? ""];
  const { promise, resolve } = Promise.withResolvers<Result<readonly string[], string>>();
  const child = execFile(
    process.execPath,
    [script, ...args],
    { env: { ...process.env, ...talkative } },
    (error, out, said) => resolve(error === null ? namesIn(out) : err(reasonIn(`${out}\n${said}`))),
  );
  child.stdin?.end(); // nobody is asked to log in here
  return promise;
}

/**
 * A value for each secret whose name alone is known, of the form that it must have: whoever checks a configuration
 * with them learns what is missing. They are nobody's, and leave the process nowhere.
 */
export function standIns(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name, index) => [name, standIn(name, index)]));
}

function standIn(name: string, index: number): string {
  const own = `stands-in-for-number-${index}-of-the-secrets`;
  return name === "TWILIO_SIGNING_KEYS"
    ? JSON.stringify({ SK: { secret: own, algorithm: "HMAC-SHA256" } })
    : own;
}

function namesIn(out: string): Result<readonly string[], string> {
  try {
    // Warnings may stand before it.
    const list: unknown = JSON.parse(out.slice(out.search(/^\[\s*[{\]]/m)));
    if (Array.isArray(list)) {
      const entries: readonly unknown[] = list;
      return ok(entries.flatMap((entry) => (isTable(entry) ? [String(entry["name"])] : [])));
    }
  } catch {
    // told below
  }
  return err("wrangler secret list did not give a list");
}

/** wrangler's first error, with the line below it, which is often the reason. */
function reasonIn(said: string): string {
  const lines = stripVTControlCharacters(said)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const first = lines.findIndex((line) => line.includes("[ERROR]"));
  const [error = "it ended without a word", reason = ""] = lines.slice(Math.max(first, 0));
  const more = /^(To |If |🪵|Note )/u.test(reason) ? "" : ` ${reason}`;
  return `wrangler secret list: ${error.replace(/^.*\[ERROR\]\s*/u, "")}${more}`;
}
