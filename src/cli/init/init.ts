import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import type { Io } from "../io.ts";
import { askSecret } from "../prompt.ts";
import { findInstalled, isClone } from "./installed.ts";
import { type FileChange, type InitPlan, isOurs, planInit, wranglerFiles } from "./plan.ts";
import { namesSetIn } from "./secret-files.ts";
import { bearerToken } from "./tokens.ts";

/** What `hookswitch init` was told on the command line. */
export interface InitOptions {
  /** Name of the Worker. */
  readonly name: string;
  readonly json?: boolean;
}

/**
 * Sets Hookswitch up in a folder: what is missing is written, what is there stays, and what was done is told.
 *
 * @param folder From the current one; made where it is not there.
 * @returns The exit code: 0, or 1 when another Worker is configured there or a file cannot be written.
 */
export async function init(folder: string, options: InitOptions, io: Io): Promise<number> {
  const home = resolve(io.cwd, folder);
  const read = (path: string): string | undefined => readText(join(home, path));

  const foreign = wranglerFiles.find((path) => {
    const text = read(path);
    return text !== undefined && !isOurs(text);
  });
  if (foreign !== undefined) {
    return fail(
      `another Worker is configured here (${foreign}), and nothing was changed: give Hookswitch a folder of its own, npx hookswitch init ${join(folder, "hookswitch")}`,
      options,
      io,
    );
  }
  const plan = planInit({
    read,
    ...(isClone(home)
      ? { isClone: true, page: "dist/page", isInstalled: true }
      : { isClone: false, ...findInstalled(home) }),
    name: options.name,
    range: `^${manifest.version}`,
    secrets: { authToken: await askAuthToken(read, options, io), makeToken: bearerToken },
  });
  try {
    for (const change of plan.changes) apply(home, change);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), options, io);
  }
  const where = relative(io.cwd, home);
  const next = [...(where === "" ? [] : [`cd ${where}`]), ...plan.next];
  if (options.json) printJson({ ...plan, next }, home, io);
  else print({ ...plan, next }, io);
  return 0;
}

/** Never by an argument, which a shell keeps; nobody is asked by a script. */
async function askAuthToken(
  read: (path: string) => string | undefined,
  { json }: InitOptions,
  io: Io,
): Promise<string | undefined> {
  const isSet = namesSetIn(read(".dev.vars") ?? "").some((name) => name.startsWith("TWILIO_"));
  if (isSet || json || read(".dev.vars") !== undefined) return undefined;
  return askSecret("Auth token of your Twilio account (Enter: put it into .dev.vars later):", io);
}

function apply(home: string, change: FileChange): void {
  if (change.action === "keep") return;
  const path = join(home, change.path);
  if (change.action === "add") {
    const before = readText(path) ?? "";
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    return appendFileSync(path, `${gap}\n${change.text}`);
  }
  mkdirSync(dirname(path), { recursive: true });
  // `wx`: what has come there since is not written over.
  writeFileSync(path, change.text, { flag: "wx", mode: change.isSecret ? 0o600 : 0o666 });
}

/** Throws where something stands there that is no file to be read. */
function readText(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return readFileSync(path, "utf8");
}

const verbs = { write: "wrote", add: "added to", keep: "kept" } as const;

function printJson({ changes, missing, next }: InitPlan, folder: string, io: Io): void {
  const files = changes.map(({ action, path, detail }) => ({ path, action, detail }));
  io.out(JSON.stringify({ folder, files, missing, next }, undefined, 2));
}

function print({ changes, missing, next }: InitPlan, io: Io): void {
  const width = Math.max(...changes.map(({ path }) => path.length));
  for (const { action, path, detail } of changes) {
    const verb = io.style(action === "keep" ? "dim" : "green", verbs[action].padEnd(8));
    io.out(`${verb}  ${path.padEnd(width)}  ${detail}`);
  }
  for (const name of missing) {
    io.out(`${io.style("yellow", "missing")}   ${name}: put it into .dev.vars`);
  }
  io.out("Next:");
  for (const command of next) io.out(`  ${command}`);
}

function fail(message: string, { json }: InitOptions, io: Io): number {
  if (json) io.out(JSON.stringify({ error: message }, undefined, 2));
  else io.err(`error: ${message}`);
  return 1;
}
