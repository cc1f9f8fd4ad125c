import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import { urlOption } from "../log/command.ts";
import { mistakeInFilter } from "../log/filters.ts";
import { erase, type EraseOptions } from "./erase.ts";

/** Adds `hookswitch erase` to the command. `end` is told the exit code. */
export function addErase(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("erase")
    .description("Take everything about a sid, an account or a number out of the log.")
    .addOption(option("--sid <sid>", "about this call, message, recording", "sid"))
    .addOption(option("--account <sid>", "of this account", "account"))
    .option("--number", "from or to a number or address: asked for, or a line of standard input")
    .option("--yes", "do not ask")
    .option(...urlOption)
    .option("--json", "print one JSON object at the end, for scripts")
    .addHelpText(
      "after",
      `
Answers that are kept for duplicates go too. What is still to be delivered stays, and so do
the console's lines. It is asked first, and cannot be undone. A number is found exactly as
Twilio wrote it: "whatsapp:+1…" is another one than "+1…".

The admin token is read from LOG_ADMIN_TOKEN in the environment, else from .dev.vars in
this folder, else asked for. Exit code: 0 when nothing is left of it, also when there was
nothing; 1 when something is left or you said no; 2 for what cannot be done as it was said.

Examples:
  $ npx hookswitch erase --number
  $ npx hookswitch erase --number --yes --json < number.txt
  $ npx hookswitch erase --sid SM0123456789abcdef0123456789abcdef
  $ npx hookswitch erase --account AC0123456789abcdef0123456789abcdef --url https://hooks.example.com`,
    )
    .action(async (options: EraseOptions) => {
      end(await erase(options, io));
    });
}

function option(flags: string, help: string, name: string): Option {
  return new Option(flags, help).argParser((typed: string) => {
    const mistake = mistakeInFilter(name, typed);
    if (mistake !== undefined) throw new InvalidArgumentError(mistake);
    return typed;
  });
}
