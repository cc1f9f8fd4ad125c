import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { experimental_readRawConfig, unstable_readConfig } from "wrangler";
import type { Remark } from "../config/report.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable, type Table } from "../shared/table.ts";
import { hasKv } from "./environment-checks.ts";
import { checkFile, isSecret } from "./file-checks.ts";
import type { Io } from "./io.ts";
import { describeError, readWithWarnings } from "./wrangler-words.ts";

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
  /** Of these, what the file says: without secrets, of the environment as of `.dev.vars`. */
  readonly withoutSecrets: Readonly<Record<string, unknown>>;
  /** Names of the secrets that the environment has; their values here are from there. */
  readonly fromEnvironment: readonly string[];
  /** What is wrong with the file itself. */
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
}

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
    const { config: own, warnings: said } = readWithWarnings({ config: path, env: choice.env });
    const devVars = readDevVars(dirname(path), choice.env);
    const named = { ...stringified(own.vars), ...devVars };
    const secrets = secretsOf(io.env, named);
    const where = choice.env === undefined ? "" : `env.${choice.env}.`;
    const withoutSecrets = {
      LEDGER: noBinding, // whether it is bound is told by ledgerProblems()
      ...(hasKv(own) ? { ANSWERS: { get: noBinding, put: noBinding } } : {}),
      ...own.vars,
    };
    return ok({
      file,
      env: { ...withoutSecrets, ...devVars, ...secrets },
      withoutSecrets,
      fromEnvironment: Object.keys(secrets),
      ...checkFile({
        file,
        folder: dirname(path),
        top,
        own,
        written: writtenIn(path, choice.env),
        said,
        where,
      }),
    });
  } catch (error) {
    return err(`${file}: ${describeError(error)}`);
  }
}

/** A level of the file as it is written, with what wrangler does not know. */
function writtenIn(path: string, env: string | undefined): Table {
  const { rawConfig }: { rawConfig: unknown } = experimental_readRawConfig({ config: path });
  const environments = isTable(rawConfig) ? rawConfig["env"] : undefined;
  const level = env === undefined || !isTable(environments) ? rawConfig : environments[env];
  return isTable(level) ? level : {};
}

/** Never called: `parseConfig` only looks whether it is there. */
function noBinding(): never {
  throw new TypeError("No KV here: this is the command line.");
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

/** Hookswitch's secrets and those that a header or an alert asks for as `$NAME`: nothing else of the environment. */
function secretsOf(
  env: Io["env"],
  named: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const asked = new Set(
    Object.entries(named)
      .filter(([variable]) => variable.startsWith("ORIGINS") || variable === "ALERTS")
      .flatMap(([, json]) => [...json.matchAll(/"\$(\w+)\\?"/g)].map(([, name]) => name)),
  );
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value && (isSecret(name) || asked.has(name))) secrets[name] = value;
  }
  return secrets;
}

function stringified(vars: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, JSON.stringify(value)]),
  );
}
