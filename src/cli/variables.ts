import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Io } from "./io.ts";

/** Variables by their names. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that was found, and where. */
export interface FoundVariable {
  readonly name: string;
  /** Never empty. */
  readonly value: string;
  /** `the environment` or `.dev.vars`, for messages. */
  readonly source: string;
}

/**
 * Finds the first of some variables that is set: any of them in the environment goes before one of
 * `.dev.vars`, which may be those of this machine while a deployment is asked.
 */
export function findVariable(
  names: readonly string[],
  { env, cwd }: Pick<Io, "env" | "cwd">,
): FoundVariable | undefined {
  const places = [
    ["the environment", env],
    [".dev.vars", devVars(cwd)],
  ] as const;
  for (const [source, values] of places) {
    for (const name of names) {
      const value = values[name]?.trim();
      if (value) return { name, value, source };
    }
  }
  return undefined;
}

/** The environment over `.dev.vars` of the current folder; what is empty in the environment counts as absent. */
export function variables({ env, cwd }: Pick<Io, "env" | "cwd">): Variables {
  const set = Object.entries(env).filter(([, value]) => value !== "");
  return { ...devVars(cwd), ...Object.fromEntries(set) };
}

function devVars(folder: string): Variables {
  try {
    return parseEnv(readFileSync(join(folder, ".dev.vars"), "utf8"));
  } catch {
    return {}; // Absent, most of the time. What is missing then is told by name.
  }
}
