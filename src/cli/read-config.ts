import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseEnv, stripVTControlCharacters } from "node:util";
import { unstable_readConfig, type Unstable_Config } from "wrangler";
import type { Remark } from "../config/report.ts";
import { didYouMean } from "../config/suggestions.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable } from "../shared/table.ts";
import type { Io } from "./io.ts";

/** Which configuration is meant. */
export interface ConfigChoice {
  /** `wrangler.toml` (default), or another file of wrangler's; relative to the current folder. */
  readonly config?: string;
  /** One of its environments; the top level by default. */
  readonly env?: string;
}

/** What the Worker will find once it runs, as far as this machine can tell. */
export interface WorkerEnv {
  /** The file, as a message names it. */
  readonly file: string;
  /** Variables, the secrets that are known here, and a stand-in for each binding that is configured. */
  readonly env: Readonly<Record<string, unknown>>;
  /** What is wrong with the file itself. */
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
}

const SECRET = /^(TWILIO_AUTH_TOKEN(_.*)?|TWILIO_SIGNING_KEYS|LOG_TOKEN|LOG_ADMIN_TOKEN|LOG_KEY)$/;

/**
 * Reads wrangler's file as wrangler itself does, then the secrets: from the environment, else from
 * `.dev.vars` beside the file (`.dev.vars.<env>` where there is one). What is empty in the environment
 * counts as absent.
 *
 * Checks that the Durable Object and, for an environment, what wrangler does not inherit are there.
 *
 * @returns One line when the file cannot be read at all.
 */
export function readWorkerEnv(
  choice: ConfigChoice,
  io: Pick<Io, "cwd" | "env">,
): Result<WorkerEnv, string> {
  const path = resolve(io.cwd, choice.config ?? "wrangler.toml");
  const file = relative(io.cwd, path);
  try {
    const top = unstable_readConfig({ config: path }, { hideWarnings: true });
    if (choice.env !== undefined && !top.definedEnvironments?.includes(choice.env)) {
      // wrangler itself would deploy the top level where a file has no environment at all.
      return err(`${file}: expected an environment env.${choice.env}, found none of that name`);
    }
    const own =
      choice.env === undefined
        ? top
        : unstable_readConfig({ config: path, env: choice.env }, { hideWarnings: true });
    const devVars = readDevVars(dirname(path), choice.env);
    const named = { ...stringified(own.vars), ...devVars };
    const where = choice.env === undefined ? "" : `env.${choice.env}.`;
    return ok({
      file,
      env: {
        LEDGER: noBinding, // whether it is bound is told by ledgerProblems()
        ...(hasKv(own) ? { ANSWERS: { get: noBinding, put: noBinding } } : {}),
        ...own.vars,
        ...devVars,
        ...secretsOf(io.env, named),
      },
      problems: [...ledgerProblems(own, where), ...misspelt(own, where)],
      warnings: [...openSecrets(own, where), ...notInherited(top, own, where)],
    });
  } catch (error) {
    return err(`${file}: ${describe(error)}`);
  }
}

/** Never called: `parseConfig` only looks whether it is there. */
function noBinding(): never {
  throw new TypeError("No KV here: this is the command line.");
}

function hasKv(config: Unstable_Config): boolean {
  return config.kv_namespaces.some(({ binding }) => binding === "ANSWERS");
}

function readDevVars(folder: string, env: string | undefined): Readonly<Record<string, string>> {
  const names = env === undefined ? [".dev.vars"] : [`.dev.vars.${env}`, ".dev.vars"];
  for (const name of names) {
    try {
      const variables = Object.entries(parseEnv(readFileSync(join(folder, name), "utf8")));
      return Object.fromEntries(
        variables.filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
    } catch {
      // Absent, most of the time. What is missing then is told by name.
    }
  }
  return {};
}

/** Hookswitch's secrets and those that a header asks for as `$NAME`: nothing else of the environment. */
function secretsOf(
  env: Io["env"],
  named: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const asked = new Set(
    Object.entries(named)
      .filter(([variable]) => variable.startsWith("ORIGINS"))
      .flatMap(([, json]) => [...json.matchAll(/"\$(\w+)\\?"/g)].map(([, name]) => name)),
  );
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value && (SECRET.test(name) || asked.has(name))) secrets[name] = value;
  }
  return secrets;
}

function stringified(vars: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, JSON.stringify(value)]),
  );
}

const VARIABLES = [
  "ORIGINS",
  "LEDGER_SHARDS",
  "LEDGER_LOCATION",
  "LEDGER_JURISDICTION",
  "LOG_DAYS",
];

function ledgerProblems(config: Unstable_Config, where: string): readonly Remark[] {
  const binding = config.durable_objects.bindings.find(({ name }) => name === "LEDGER");
  if (binding?.class_name === "Ledger") return [];
  const found = binding === undefined ? "none" : `one of the class "${binding.class_name}"`;
  const hint =
    binding === undefined && where !== "" ? "; environments inherit no durable_objects" : "";
  return [
    {
      key: `${where}durable_objects.bindings`,
      message: `expected a binding LEDGER of the class Ledger, found ${found}${hint}`,
    },
  ];
}

/** Variables that are almost one of ours: what they were to set would be missing without a word. */
function misspelt(config: Unstable_Config, where: string): readonly Remark[] {
  return Object.keys(config.vars)
    .filter(
      (name) => !VARIABLES.includes(name) && !name.startsWith("ORIGINS_") && !SECRET.test(name),
    )
    .map((name) => ({ name, hint: didYouMean(name, VARIABLES) }))
    .filter(({ hint }) => hint !== "")
    .map(({ name, hint }) => ({
      key: `${where}vars.${name}`,
      message: `expected a variable of Hookswitch or of your own, found a name that is almost one${hint}`,
    }));
}

function openSecrets(config: Unstable_Config, where: string): readonly Remark[] {
  return Object.keys(config.vars)
    .filter((name) => SECRET.test(name))
    .map((name) => ({
      key: `${where}vars.${name}`,
      message: `a secret in a file that is shared: npx wrangler secret put ${name}`,
    }));
}

/** What the top level has and the environment has not: wrangler warns of some of it, in passing. */
function notInherited(
  top: Unstable_Config,
  own: Unstable_Config,
  where: string,
): readonly Remark[] {
  const lost = Object.keys(top.vars)
    .filter((name) => !Object.hasOwn(own.vars, name))
    .map((name) => ({
      key: `${where}vars.${name}`,
      message: "set at the top level only; environments inherit no vars",
    }));
  if (!hasKv(top) || hasKv(own)) return lost;
  const message = "ANSWERS is bound at the top level only; environments inherit no kv_namespaces";
  return [...lost, { key: `${where}kv_namespaces`, message }];
}

/** Wrangler's own words on one line: of each point its first line, of a syntax error its place. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = stripVTControlCharacters(error.message).split("\n");
  const points = lines.filter((line) => line.startsWith("  - ")).map((line) => line.slice(4));
  const text = points.length > 0 ? points.join(" ") : (lines[0] ?? "");
  return `${placeOf(error)}${text}`;
}

/** Where a syntax error is: wrangler's `ParseError` has it as `location`. */
function placeOf(error: Error): string {
  const location: unknown = "location" in error ? error.location : undefined;
  if (!isTable(location) || typeof location["line"] !== "number") return "";
  return `line ${location["line"]}, column ${String(location["column"])}: `;
}
