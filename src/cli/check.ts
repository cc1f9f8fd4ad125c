import { resolve } from "node:path";
import { parseConfig, type ParsedConfig } from "../config/config.ts";
import type { Remark } from "../config/report.ts";
import type { OriginConfig, ReportOrigin, Route, Target } from "../config/types.ts";
import { ok, type Result } from "../shared/result.ts";
import { deployedSecrets, standIns } from "./deployed-secrets.ts";
import { isSecret } from "./file-checks.ts";
import type { Io } from "./io.ts";
import { type MetOrigin, meetUrl } from "./meet-url.ts";
import { type ConfigChoice, readWorkerEnv, type WorkerEnv } from "./read-config.ts";

/** What `hookswitch check` was told on the command line. */
export interface CheckOptions extends ConfigChoice {
  /** A URL as Twilio would call it: which origin takes it? */
  readonly url?: string;
  /** Whether Cloudflare is asked which secrets the deployed Worker has, in place of those of this machine. */
  readonly deployed?: boolean;
  readonly json?: boolean;
}

/** What was found, as `--json` prints it. */
interface Findings {
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
  readonly notes: readonly Remark[];
  readonly origins: readonly OriginSummary[];
  readonly url?: MetOrigin;
}

/** An origin for whoever reads; URLs without their query, in which a token may stand. */
interface OriginSummary {
  readonly name: string;
  readonly route: string;
  /** `null` where nothing is sent on, but noted and answered at once. */
  readonly url: string | null;
  readonly budgetMs: number | null;
  readonly fallback: string | null;
  readonly hasFallbackTwiml: boolean;
}

/**
 * Checks the configuration before it is deployed: all that the Worker would find wrong, each by its
 * key, and what only shows in wrangler's file.
 *
 * Secrets that are not set on this machine are notes: they may be set on Cloudflare. With `env` they are problems,
 * and so they are with `deployed`, which looks there.
 *
 * @returns The exit code: 0 when nothing is wrong, 1 when something is or no origin takes `url`, 2 when
 *   `url` is none. Warnings and notes change nothing.
 */
export async function check(options: CheckOptions, io: Io): Promise<number> {
  const read = readWorkerEnv(options, io);
  if (!read.ok) return fail(read.error, options, io);

  const env = await envOf(read.value, options, io);
  if (!env.ok) return fail(env.error, options, io);

  const isEverySecretKnown = options.env !== undefined || options.deployed === true;
  const config = parseConfig(env.value, {
    absentSecrets: isEverySecretKnown ? "problem" : "note",
  });
  const withMend = (remark: Remark): Remark =>
    isEverySecretKnown && isSecret(remark.key) && env.value[remark.key] === undefined
      ? { ...remark, message: `${remark.message}: ${putSecret(remark.key, options)}` }
      : remark;
  const met = options.url === undefined ? undefined : meetUrl(options.url, config);
  if (met?.kind === "no_url") {
    io.err(`error: ${met.message}`);
    return 2;
  }
  const findings: Findings = {
    problems: [...read.value.problems, ...config.problems.map(withMend)],
    warnings: [...read.value.warnings, ...config.warnings.map(withMend)],
    notes: config.notes,
    origins: [...config.origins.map(summarise), ...config.reportOrigins.map(summariseReports)],
    ...(met === undefined ? {} : { url: met }),
  };
  if (options.json) io.out(JSON.stringify(findings, undefined, 2));
  else print(findings, config, read.value.file, io);
  return findings.problems.length > 0 || (met !== undefined && met.kind !== "origin") ? 1 : 0;
}

/** What the Worker will find: of secrets either what this machine has, or stand-ins for those that it has there. */
async function envOf(
  { env, withoutSecrets }: WorkerEnv,
  { config = "wrangler.toml", env: name, deployed }: CheckOptions,
  io: Io,
): Promise<Result<WorkerEnv["env"], string>> {
  if (deployed !== true) return ok(env);
  const names = await deployedSecrets({ config: resolve(io.cwd, config), env: name });
  return names.ok ? ok({ ...withoutSecrets, ...standIns(names.value) }) : names;
}

/** Each environment is a Worker with secrets of its own. */
function putSecret(name: string, { config, env }: CheckOptions): string {
  const file = config === undefined || config === "wrangler.toml" ? "" : ` --config ${config}`;
  return `npx wrangler secret put ${name}${env === undefined ? "" : ` --env ${env}`}${file}`;
}

/** A file that cannot be read at all is one problem. */
function fail(message: string, options: CheckOptions, io: Io): number {
  if (options.json) {
    const problems = [{ key: options.config ?? "wrangler.toml", message }];
    io.out(JSON.stringify({ problems, warnings: [], notes: [], origins: [] }, undefined, 2));
  } else {
    io.err(`error: ${message}`);
  }
  return 1;
}

function print(findings: Findings, config: ParsedConfig, file: string, io: Io): void {
  for (const { key, message } of findings.problems) {
    io.out(`${io.style("red", key)}: ${message}`);
  }
  for (const { key, message } of findings.warnings) {
    io.out(`${io.style("yellow", "warning:")} ${key}: ${message}`);
  }
  for (const { key, message } of findings.notes) {
    io.out(`${io.style("dim", "note:")} ${key}: ${message} (fine if it is set on Cloudflare)`);
  }
  if (findings.problems.length > 0) {
    io.out(`${count(findings.problems.length, "problem")} in ${file}`);
  } else {
    printSummary(findings.origins, config, file, io);
  }
  if (findings.url !== undefined) io.out(findings.url.message);
}

function printSummary(
  origins: readonly OriginSummary[],
  config: ParsedConfig,
  file: string,
  io: Io,
): void {
  for (const line of table(origins)) io.out(line);
  const { shards, jurisdiction, location, logDays } = config.ledger;
  const told = config.alerts?.destinations.map(({ kind }) => kind).join(", ");
  io.out(
    `${io.style("green", "ok")}: ${file}, ${count(origins.length, "origin")}, ledger of ` +
      `${count(shards, "shard")} in ${jurisdiction ?? location}, log of ${logDays} days` +
      (told === undefined ? "" : `, alerts to ${told}`),
  );
}

function summariseReports({ name, route, twiml }: ReportOrigin): OriginSummary {
  return {
    name,
    route: shownRoute(route),
    url: null,
    budgetMs: null,
    fallback: null,
    hasFallbackTwiml: twiml !== undefined,
  };
}

function shownRoute({ host, typedPath, kind }: Route): string {
  return `${host ?? ""}${typedPath}${kind === "prefix" ? "*" : ""}`;
}

function summarise({ name, route, target, fallback }: OriginConfig): OriginSummary {
  return {
    name,
    route: shownRoute(route),
    url: shownUrl(target),
    budgetMs: target.overrides.budgetMs,
    fallback: fallback.kind === "url" ? shownUrl(fallback.target) : null,
    hasFallbackTwiml: fallback.kind !== "none" && fallback.twiml !== undefined,
  };
}

function shownUrl({ base, path, isPrefix }: Target): string {
  return `${base}${path}${isPrefix ? "*" : ""}`;
}

/** One line an origin, name and route in columns. */
function table(origins: readonly OriginSummary[]): readonly string[] {
  const widest = (key: "name" | "route"): number =>
    Math.max(...origins.map((origin) => origin[key].length));
  const [nameWidth, routeWidth] = [widest("name"), widest("route")];
  return origins.map(({ name, route, url, budgetMs, fallback, hasFallbackTwiml }) => {
    const last = [fallback, hasFallbackTwiml ? "fixed TwiML" : null].filter(
      (each) => each !== null,
    );
    const first = url === null ? "noted" : `${url} within ${budgetMs} ms`;
    const steps = [first, ...last].join(", then ");
    return `${name.padEnd(nameWidth)}  ${route.padEnd(routeWidth)}  ${steps}`;
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
