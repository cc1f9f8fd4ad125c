import {
  unstable_getDurableObjectClassNameToUseSQLiteMap as declaredClasses,
  type Unstable_Config,
} from "wrangler";
import type { Remark } from "../config/report.ts";
import { didYouMean } from "../config/suggestions.ts";

/** A configuration as wrangler has read it. */
export interface ReadFile {
  /** Its top level. */
  readonly top: Unstable_Config;
  /** The level that is meant: `top`, or an environment with what it inherits. */
  readonly own: Unstable_Config;
  /** What stands before the keys of `own` in a message: nothing, or `env.production.`. */
  readonly where: string;
}

/**
 * Checks what only shows in the file: that there is a Worker to deploy, that the Durable Object is declared
 * and bound, that no name is almost one of
 * ours, that no secret stands in it and, for an environment, what wrangler does not inherit.
 */
export function checkFile({ top, own, where }: ReadFile): {
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
} {
  return {
    problems: [
      ...mainProblems(own),
      ...ledgerProblems(own, where),
      ...lifecycleProblems(own),
      ...misspelt(own, where),
    ],
    warnings: [...openSecrets(own, where), ...notInherited(top, own, where)],
  };
}

/** Whether a name is one of Hookswitch's secrets. */
export function isSecret(name: string): boolean {
  return /^(TWILIO_AUTH_TOKEN(_.*)?|TWILIO_SIGNING_KEYS|LOG_TOKEN|LOG_ADMIN_TOKEN|LOG_KEY)$/.test(
    name,
  );
}

/** Whether KV is bound as `ANSWERS`. */
export function hasKv(config: Unstable_Config): boolean {
  return config.kv_namespaces.some(({ binding }) => binding === "ANSWERS");
}

const VARIABLES = [
  "ORIGINS",
  "LEDGER_SHARDS",
  "LEDGER_LOCATION",
  "LEDGER_JURISDICTION",
  "LOG_DAYS",
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
  return [
    {
      key: `${where}durable_objects.bindings`,
      message: `expected a binding LEDGER of the class Ledger, found ${found}${hint}`,
    },
  ];
}

/**
 * A class that is bound must also be declared, or Cloudflare refuses the deploy, and with SQLite: the one
 * storage that the ledger knows. Environments inherit both ways to do it.
 */
function lifecycleProblems({
  migrations,
  exports,
  durable_objects,
}: Unstable_Config): readonly Remark[] {
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
      key: Object.keys(exports).length > 0 ? "exports" : "migrations",
      message: `expected the class Ledger among new_sqlite_classes of [[migrations]] or as [exports.Ledger] with storage = "sqlite", found ${found}`,
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

function openSecrets(config: Unstable_Config, where: string): readonly Remark[] {
  return Object.keys(config.vars)
    .filter((name) => isSecret(name))
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
