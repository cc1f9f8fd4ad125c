import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../shared/result.ts";
import { type Entry, entryLine, type KeptValue, readKept } from "./kept.ts";

/** Where the old values of an account are kept: beside the configuration, out of git. */
export function keptPath(folder: string, accountSid: string): string {
  return join(folder, FOLDER, `${accountSid}.jsonl`);
}

const FOLDER = ".hookswitch-connect";

/** Appends entries, and comes back when they are on disk. */
export function keep(path: string, entries: readonly Entry[]): Result<undefined, string> {
  try {
    prepareFolder(dirname(path));
    const isCut = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, "utf8"));
    // Passwords may stand in URLs.
    const file = openSync(path, "a", 0o600);
    try {
      // A crash may have cut the last line off: the next one must not go on with it.
      writeSync(file, (isCut ? "\n" : "") + entries.map(entryLine).join(""));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return ok(undefined);
  } catch (error) {
    return err(`cannot write ${path}: ${messageOf(error)}`);
  }
}

/** @returns Nothing kept where there is no file. */
export function readKeptFile(
  path: string,
): Result<
  { readonly kept: ReadonlyMap<string, KeptValue>; readonly unreadable: number } | undefined,
  string
> {
  try {
    return ok(existsSync(path) ? readKept(readFileSync(path, "utf8")) : undefined);
  } catch (error) {
    return err(`cannot read ${path}: ${messageOf(error)}`);
  }
}

function prepareFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The numbers and URLs of an account are nobody else's business.
  if (folder.endsWith(FOLDER)) writeFileSync(join(folder, ".gitignore"), "*\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
