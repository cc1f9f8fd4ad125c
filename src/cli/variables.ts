import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Io } from "./io.ts";

/** Variables by their names. */
export type Variables = Readonly<Record<string, string | undefined>>;

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
