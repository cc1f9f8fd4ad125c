import { type Command, InvalidArgumentError } from "commander";
import type { Io } from "../io.ts";
import { addFilterOptions } from "../log/filter-options.ts";
import type { ReplayOptions } from "./choice.ts";
import { replay } from "./replay.ts";

/** Adds `hookswitch replay` to the command. `end` is told the exit code. */
export function addReplay(program: Command, io: Io, end: (exitCode: number) => void): void {
  const command = program
    .command("replay")
    .description("Send again what is in the log: one delivery, or all that match.")
    .argument("[id]", "a delivery; the Worker sends it to the origin that is configured for it")
    .option("--to <url>", "send it from here to this URL instead, signed for it")
    .option("--new-token", "with another idempotency token, for origins that deduplicate");
  addFilterOptions(command);
  command
    .option("--all", "everything that is in the log")
    .option("--resume <plan id>", "run a plan that was made before, or go on with it; asks nothing")
    .option("--rate <n>", "so many a second, 1 to 100 (default: 10; of --resume the plan's)", rate)
    .option("--yes", "do not ask")
    .option("--url <url>", "the Hookswitch to ask (else HOOKSWITCH_URL, else this machine's)")
    .option("--json", "print one JSON object at the end, for scripts")
    .addHelpText(
      "after",
      `
Filters are combined with "and". What matches is shown first, and sent when you say
yes; Ctrl-C cancels the rest, and says how to go on.

The admin token is read from LOG_ADMIN_TOKEN in the environment, else from .dev.vars in
this folder, else asked for. With --to the auth token to sign with (TWILIO_AUTH_TOKEN) is
found the same way, and the parameters of a GET go behind the query of the URL. Exit code: 0
when all was delivered, 1 when something was not, 2 for what cannot be done as it was said.

Examples:
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE --to http://localhost:3000/sms
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE --new-token --url https://hooks.example.com
  $ npx hookswitch replay --outcome dead --since 2h
  $ npx hookswitch replay --outcome dead --origin status --rate 50 --yes --json
  $ npx hookswitch replay --resume 01M85R9Z6A00Q4W1JD3T8XKM5C --rate 5`,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      end(await replay(id, options, io));
    });
}

function rate(text: string): number {
  const number = /^\d{1,3}$/u.test(text) ? Number(text) : 0;
  if (number < 1 || number > 100) {
    throw new InvalidArgumentError("Expected a whole number from 1 to 100.");
  }
  return number;
}
