import {
  unstable_getDurableObjectClassNameToUseSQLiteMap as declaredClasses,
  type Unstable_Config,
} from "wrangler";
import type { Remark } from "../config/report.ts";
import { didYouMean, nearest } from "../config/suggestions.ts";
import { isTable, type Table } from "../shared/table.ts";
import { environmentWarnings } from "./environment-checks.ts";
import { pageRemarks } from "./page-checks.ts";
import { runtimeProblems } from "./runtime-checks.ts";

/** A configuration as wrangler has read it. */
export interface ReadFile {
  /** As a message names it. */
  readonly file: string;
  /** The folder that it is in, absolute. */
  readonly folder: string;
  /** Its top level. */
  readonly top: Unstable_Config;
  /** The level that is meant: `top`, or an environment with what it inherits. */
  readonly own: Unstable_Config;
  /** That level as it is written, with what wrangler does not know. */
  readonly written: Table;
  /** What wrangler warns of. */
  readonly said: readonly string[];
  /** What stands before the keys of `own` in a message: nothing, or `env.production.`. */
  readonly where: string;
}

/**
 * Checks what only shows in the file: that there is a Worker to deploy, with the runtime that it is built for, that
 * the Durable Object is declared and bound, that the page is there, that no name is almost one of ours or stands
 * where no Worker sees it, that there is a trigger for alerts, that no secret stands in it and, for an environment,
 * what wrangler does not inherit, and what it should not. What wrangler itself warns of is passed on.
 *
 * @see https://developers.cloudflare.com/workers/wrangler/configuration/#inheritable-keys read 2026-11.
 */
export function checkFile({ file, folder, top, own, written, said, where }: ReadFile): {
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
} {
  // What is inherited is mended where it is set: at the top.
  const keyOf = (field: string): string => (Object.hasOwn(written, field) ? where : "") + field;
  const page = pageRemarks(own, folder, keyOf);
  const problems = [
    ...mainProblems(own),
    ...runtimeProblems(own, keyOf),
    ...ledgerProblems(own, where),
    ...lifecycleProblems(own, keyOf),
    ...page.problems,
    ...misspelt(own, where),
    ...outsideOfVars(written, own, where),
    ...triggerProblems(own),
  ];
  const warnings = [
    ...page.warnings,
    ...openSecrets(own, where),
    ...environmentWarnings({ top, own, written }, where),
  ];
  const told = [...problems, ...warnings].map(({ key }) => key);
  const passedOn = said
    .filter((message) => !isTold(message, told, where))
    .map((message) => ({ key: file, message }));
  return { problems, warnings: [...passedOn, ...warnings] };
}

/** Whether a name is one of Hookswitch's secrets. */
export function isSecret(name: string): boolean {
  return /^(TWILIO_AUTH_TOKEN(_.*)?|TWILIO_SIGNING_KEYS|LOG_TOKEN|LOG_ADMIN_TOKEN|LOG_KEY)$/.test(
    name,
  );
}

const VARIABLES = [
  "ORIGINS",
  "LEDGER_SHARDS",
  "LEDGER_LOCATION",
  "LEDGER_JURISDICTION",
  "LOG_DAYS",
  "ALERTS",
];

/** Environments inherit it. */
function mainProblems({ main }: Unstable_Config): readonly Remark[] {
  if (main !== undefined) return [];
  return [{ key: "main", message: "expected the Worker's entry point, found none" }];
}

function ledgerProblems(config: Unstable_Config, where: string): readonly Remark[] {
  const binding = config.durable_objects.bindings.find(({ name }) => name === "LEDGER");
  if (binding?.class_name === "Ledger") return [];
  const found = binding === undefined ? "none" : `one of the class "${binding.class_name}"`;
  const hint =
    binding === undefined && where !== "" ? "; environments inherit no durable_objects" : "";
  const mend = `write name = "LEDGER" and class_name = "Ledger" below [[${where}durable_objects.bindings]]`;
  return [
    {
      key: `${where}durable_objects.bindings`,
      message: `expected a binding LEDGER of the class Ledger, found ${found}${hint}: ${mend}`,
    },
  ];
}

/**
 * A class that is bound must also be declared, or Cloudflare refuses the deploy, and with SQLite: the one
 * storage that the ledger knows. Environments inherit both ways to do it.
 */
function lifecycleProblems(
  { migrations, exports, durable_objects }: Unstable_Config,
  keyOf: (field: string) => string,
): readonly Remark[] {
  const isElsewhere = durable_objects.bindings.some(
    ({ name, script_name }) => name === "LEDGER" && script_name !== undefined,
  );
  const isTakenOver = migrations.some(({ transferred_classes }) =>
    transferred_classes?.some(({ to }) => to === "Ledger"),
  );
  const hasSqlite = declaredClasses(migrations, exports).get("Ledger");
  if (isElsewhere || isTakenOver || hasSqlite === true) return [];
  const found = hasSqlite === undefined ? "none" : "it without SQLite";
  return [
    {
      key: keyOf(Object.keys(exports).length > 0 ? "exports" : "migrations"),
      message: `expected the class Ledger among new_sqlite_classes of [[migrations]] or as [exports.Ledger] with storage = "sqlite", found ${found}`,
    },
  ];
}

/** Alerts are worked out by a cron trigger: without one nobody would ever be told. Environments inherit it. */
function triggerProblems({ vars, triggers }: Unstable_Config): readonly Remark[] {
  const isEachMinute = triggers?.crons?.some((cron) => /^\*(\/1)?( \*){4}$/.test(cron)) ?? false;
  if (!Object.hasOwn(vars, "ALERTS") || isEachMinute) return [];
  const found = triggers?.crons?.length ? "another one" : "none";
  return [
    {
      key: "triggers.crons",
      message: `expected a trigger of every minute beside ALERTS, found ${found}, so nobody is told: crons = ["* * * * *"] below [triggers]`,
    },
  ];
}

/** Variables that are almost one of ours: what they were to set would be missing without a word. */
function misspelt(config: Unstable_Config, where: string): readonly Remark[] {
  return Object.keys(config.vars)
    .filter((name) => !VARIABLES.includes(name) && !name.startsWith("ORIGINS_") && !isSecret(name))
    .map((name) => ({ name, hint: didYouMean(name, VARIABLES) }))
    .filter(({ hint }) => hint !== "")
    .map(({ name, hint }) => ({
      key: `${where}vars.${name}`,
      message: `expected a variable of Hookswitch or of your own, found a name that is almost one${hint}`,
    }));
}

/** Variables of ours that wrangler does not know, since they do not stand in `vars`: it leaves them out. */
function outsideOfVars(written: Table, own: Unstable_Config, where: string): readonly Remark[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const variable = name.startsWith("ORIGINS_") ? name : nearest(name, VARIABLES);
    if (Object.hasOwn(own, name) || variable === undefined) return [];
    const [first] = isTable(value) ? Object.keys(value) : [];
    const header = `[${where}vars${first === undefined ? "" : `.${variable}.${first}`}]`;
    const hint = first === undefined ? `write it below ${header}` : `write ${header}`;
    return [
      {
        key: where + name,
        message: `expected in vars, found outside of it, where no Worker sees it: ${hint}`,
      },
    ];
  });
}

function openSecrets(config: Unstable_Config, where: string): readonly Remark[] {
  return Object.keys(config.vars)
    .filter((name) => isSecret(name))
    .map((name) => ({
      key: `${where}vars.${name}`,
      message: `a secret in a file that is shared: npx wrangler secret put ${name}`,
    }));
}

/** Whether a warning of wrangler's is about what is told under one of our keys already. */
function isTold(message: string, keys: readonly string[], where: string): boolean {
  const lost = /since "(\w+)" (configuration )?is not inherited/.exec(message)?.[1];
  const isAboutLifecycle = message.includes("no live `exports` entry");
  const isAboutRoutes = message.includes("inherits the top-level `routes`");
  return keys.some((key) => {
    if (lost !== undefined) return key.startsWith(`${where}${lost}`);
    if (isAboutRoutes) return key === `${where}routes`;
    return isAboutLifecycle && /(^|\.)(migrations|exports)$/.test(key);
  });
}
