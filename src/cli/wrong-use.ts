import type { Io } from "./io.ts";

/** Says what cannot be done as asked; gives the exit code for it. */
export function wrongUse(message: string, { err }: Pick<Io, "err">): number {
  err(`error: ${message}`);
  return 2;
}
