import { type Command, InvalidArgumentError } from "commander";
import type { Io } from "../io.ts";
import { init, type InitOptions } from "./init.ts";

/** Adds `hookswitch init` to the command. `end` is told the exit code. */
export function addInit(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("init")
    .description("Set Hookswitch up in a folder, empty or not: wrangler.toml, entry, secrets.")
    .argument("[folder]", "where to; made where it is not there", ".")
    .option("--name <name>", "of the Worker, and so of its workers.dev address", workerName)
    .option("--json", "print one JSON object, for scripts; asks nothing")
    .addHelpText(
      "after",
      `
Writes what is missing and tells of each file; nothing that is there is taken away or
written over, so it may be run again. .dev.vars gets random LOG_TOKEN, LOG_ADMIN_TOKEN and
LOG_KEY; the auth token of your Twilio account is asked for, or left for you to put in.
In a clone of Hookswitch it writes wrangler.own.toml and .dev.vars, which git ignores.

Examples:
  $ npx hookswitch init
  $ npx hookswitch init apps/hooks --name hooks
  $ npx hookswitch init --json`,
    )
    .action(async (folder: string, { name = "hookswitch", json }: Partial<InitOptions>) => {
      end(await init(folder, { name, ...(json === undefined ? {} : { json }) }, io));
    });
}

function workerName(text: string): string {
  if (!/^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/u.test(text)) {
    throw new InvalidArgumentError("Expected at most 63 lower-case letters, digits and -.");
  }
  return text;
}
