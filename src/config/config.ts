import { isTable } from "../shared/table.ts";
import { type ConfiguredKeys, parseKeys } from "../verify/keys.ts";
import { parseAlerts } from "./alerts.ts";
import type { KvUse } from "./dedupe.ts";
import { parseLedger } from "./ledger.ts";
import { parseLogAccess } from "./log-access.ts";
import { parseLogKeys } from "./log-key.ts";
import { type ParsedOrigin, parseOrigin, type Surroundings } from "./origin.ts";
import { type Findings, openReport, type Remark, type Report } from "./report.ts";
import { routeKey } from "./route.ts";
import { show } from "./show.ts";
import { checkSizes, collectOrigins, type FoundOrigin } from "./tables.ts";
import type { BrokenOrigin, Config, OriginConfig, Problem, ReportOrigin } from "./types.ts";

/** How the configuration is read. */
export interface ParseOptions {
  /**
   * What a secret that is not set counts as: a `"problem"` (default) in the Worker, which has them
   * all; a `"note"` on a machine that need not have them.
   */
  readonly absentSecrets: "problem" | "note";
}

/** A configuration as read, and what could not be looked at here. */
export interface ParsedConfig extends Config {
  /** Secrets kept elsewhere; empty with `absentSecrets: "problem"`. */
  readonly notes: readonly Remark[];
}

/**
 * Reads the whole configuration out of the environment, and all that is wrong with it at once.
 *
 * A problem of one origin stops that origin alone; of keys, the ledger or a variable's size, every one; of
 * the log's tokens, the log; of alerts, none but these. Nothing is guessed: a value that is wrong is never replaced by its default in
 * an origin that is used.
 *
 * @param env Variables, secrets and bindings by name. KV counts as bound when `ANSWERS` has `get` and `put`.
 * @returns Never throws. No problem, warning or note holds a secret.
 */
export function parseConfig(
  env: Readonly<Record<string, unknown>>,
  options: ParseOptions = { absentSecrets: "problem" },
): ParsedConfig {
  const findings: Findings = { problems: [], warnings: [], notes: [] };
  const reportFor =
    (concerns: Problem["concerns"]) =>
    (key: string): Report =>
      openReport(findings, { key, concerns, ...options });
  const reportAll = reportFor({ kind: "all" });
  const reportLog = reportFor({ kind: "log" });

  checkSizes(env, reportAll);
  const keys = readKeys(env, reportAll);
  const ledger = parseLedger(env, (variable) =>
    variable === "LOG_DAYS" ? reportLog(variable) : reportAll(variable),
  );
  const logAccess = parseLogAccess(env, reportLog);
  const logKeys = parseLogKeys(env["LOG_KEY"], reportLog("LOG_KEY"));
  if (env["LEDGER"] === undefined && options.absentSecrets === "problem") {
    reportLog("LEDGER").problem(
      "expected the Durable Object binding LEDGER, found none: nothing is logged, and no duplicate known (bindings are not inherited by environments)",
    );
  }

  const readSecret = (name: string): unknown => (Object.hasOwn(env, name) ? env[name] : undefined);
  const alerts = parseAlerts(env["ALERTS"], readSecret, reportFor({ kind: "alerts" })("ALERTS"));
  const surroundings: Surroundings = {
    kv: kvUse(env),
    logDays: ledger.logDays,
    isLogKeyFit: env["LOG_KEY"] === undefined || logKeys.length > 0,
    readSecret,
    hasKeyFor: (accountSid) => hasKeyFor(keys, accountSid),
  };
  const found = collectOrigins(env, (variable) =>
    reportFor({ kind: "origin", name: variable })(variable),
  );
  if (found.origins.length === 0) {
    reportAll("ORIGINS").problem("expected at least one origin, found none");
  }
  const read = found.origins.map((origin) => readOrigin(origin, surroundings, reportFor));
  refuseDoubles(read);

  const broken = new Set(
    findings.problems.flatMap(({ concerns }) =>
      concerns.kind === "origin" ? [concerns.name] : [],
    ),
  );
  const origins: OriginConfig[] = [];
  const reportOrigins: ReportOrigin[] = [];
  const brokenOrigins: BrokenOrigin[] = found.unreadable.map((name) => ({
    name,
    route: undefined,
  }));
  for (const { name, config, route } of read) {
    if (config === undefined || broken.has(name)) brokenOrigins.push({ name, route });
    else if ("target" in config) origins.push(config);
    else reportOrigins.push(config);
  }
  const told = reportOrigins.map((origin) => asPrivateAs(origins, origin));
  return {
    origins,
    reportOrigins: told,
    brokenOrigins,
    ...findings,
    keys,
    logAccess,
    logKeys,
    ledger,
    alerts,
  };
}

/** What Twilio tells repeats the webhooks of the others: what is not kept or not shown of theirs is neither here. */
function asPrivateAs(
  origins: readonly OriginConfig[],
  { log, ...rest }: ReportOrigin,
): ReportOrigin {
  return {
    ...rest,
    log: {
      ...log,
      bodies: log.bodies && origins.every((origin) => origin.log.bodies),
      mask: [...log.mask, ...origins.flatMap((origin) => origin.log.mask)],
    },
  };
}

/** An origin's table after reading, and where to report what only shows beside the others. */
interface ReadOrigin extends ParsedOrigin {
  readonly name: string;
  readonly report: Report;
}

function readOrigin(
  { variable, name, value }: FoundOrigin,
  surroundings: Surroundings,
  reportFor: (concerns: Problem["concerns"]) => (key: string) => Report,
): ReadOrigin {
  const report = reportFor({ kind: "origin", name })(`${variable}.${name}`);
  if (!/^[a-z\d][\w-]{0,63}$/i.test(name)) {
    report.problem(
      `expected a name of at most 64 letters, digits, - and _ that begins with a letter or digit, found ${show(name)}`,
    );
  }
  if (isTable(value)) return { name, report, ...parseOrigin(name, value, surroundings, report) };
  report.problem(`expected a table with path and url, found ${show(value)}`);
  return { name, report, route: undefined, config: undefined };
}

/** Each name once, each route once: of two that are equal both are reported, since neither may win. */
function refuseDoubles(origins: readonly ReadOrigin[]): void {
  for (const origin of origins) {
    const others = origins.filter((other) => other !== origin);
    if (others.some(({ name }) => name === origin.name)) {
      origin.report.problem(`expected each name once, found "${origin.name}" again`);
    }
    const { route } = origin;
    if (route === undefined) continue;
    const equal = others.find(
      (other) => other.route !== undefined && routeKey(other.route) === routeKey(route),
    );
    if (equal !== undefined) {
      origin.report
        .at("path")
        .problem(`expected each route once, found that of "${equal.name}" again`);
    }
  }
}

function readKeys(
  env: Readonly<Record<string, unknown>>,
  report: (key: string) => Report,
): ConfiguredKeys {
  const { keys, problems } = parseKeys(env);
  for (const { key, message } of problems) {
    if (env[key] === undefined) report(key).absentSecret(message);
    else report(key).problem(message);
  }
  return keys;
}

function kvUse(env: Readonly<Record<string, unknown>>): KvUse {
  // Also a jurisdiction that cannot be read: somebody wants data to stay somewhere.
  if (env["LEDGER_JURISDICTION"] !== undefined) return "ruled_out";
  const kv = env["ANSWERS"];
  return isTable(kv) && typeof kv["get"] === "function" && typeof kv["put"] === "function"
    ? "bound"
    : "not_bound";
}

/** A signing key names no account, so any account may be signed with it. */
function hasKeyFor(keys: ConfiguredKeys, accountSid: string): boolean {
  return (
    keys.accountTokens.has(accountSid) || keys.defaultTokens.length > 0 || keys.signingKeys.size > 0
  );
}
