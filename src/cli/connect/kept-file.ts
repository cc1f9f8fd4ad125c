import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
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
    const isNew = !existsSync(path);
    const isCut = !isNew && !/(^|\n)$/.test(readFileSync(path, "utf8"));
    // A crash may have cut the last line off: the next one must not go on with it.
    const text = (isCut ? "\n" : "") + entries.map(entryLine).join("");
    // Passwords may stand in URLs.
    flush(path, "a", (file) => writeFileSync(file, text), 0o600);
    // Of a new file its name as well; Windows opens no folder, and needs this not.
    if (isNew && process.platform !== "win32") flush(dirname(path), "r", () => {});
    return ok(undefined);
  } catch (error) {
    return err(`cannot write ${path}: ${messageOf(error)}`);
  }
}

function flush(path: string, flags: string, write: (file: number) => void, mode?: number): void {
  const file = openSync(path, flags, mode);
  try {
    write(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
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
  if (basename(folder) === FOLDER) writeFileSync(join(folder, ".gitignore"), "*\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
