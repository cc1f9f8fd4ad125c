import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import type { LogOptions } from "./choice.ts";
import { addFilterOptions, filterOption } from "./filter-options.ts";
import { listReports, type ReportsOptions } from "./reports.ts";
import { searchLog } from "./search.ts";
import { showDelivery, type ShowOptions } from "./show.ts";

/** Who is asked, and with what: the same for every command that reads the log. */
export const readingHelp = `
The Hookswitch is --url, else HOOKSWITCH_URL, else this machine's. The token is LOG_TOKEN,
or LOG_ADMIN_TOKEN, of the environment, else of .dev.vars in this folder, else asked for.`;

/** The option that names the Hookswitch. */
export const urlOption = [
  "--url <url>",
  "the Hookswitch to ask (else HOOKSWITCH_URL, else this machine's)",
] as const;

/** Adds `hookswitch log` and `hookswitch show` to the command. `end` is told the exit code. */
export function addLog(program: Command, io: Io, end: (exitCode: number) => void): void {
  const log = program
    .command("log")
    .description("List what is in the log, newest first, or count it.");
  addFilterOptions(log);
  log
    .option("--from", "that came from a number: asked for, or the next line of standard input")
    .option("--to", "that went to a number: the same")
    .addOption(
      new Option("--text <text>", "that show this text; looks through them one by one").argParser(
        text,
      ),
    )
    .option("--unmask", "with --text: look through what is masked too; audited (LOG_ADMIN_TOKEN)")
    .option("--limit <n>", "so many at most, 1 to 100000 (default: 50)", limit)
    .option("--stats", "count instead: outcomes, percentiles, error codes; by default of a day")
    .addOption(
      new Option("--by <step>", "with --stats: each step too").choices(["minute", "hour", "day"]),
    )
    .option(...urlOption)
    .option("--json", "one JSON object a line; with --stats one object")
    .addHelpText(
      "after",
      `
Filters are combined with "and". Times are UTC. Numbers are taken from a prompt or from
standard input, so that no shell history keeps them.
${readingHelp}
Exit code: 0, also when nothing was found; 1 when the log could not be read; 2 for what
cannot be done as it was said.

Examples:
  $ npx hookswitch log --since 15m
  $ npx hookswitch log --outcome failed --origin voice --since 2d --limit 500
  $ npx hookswitch log --sid CA0123456789abcdef0123456789abcdef --json
  $ npx hookswitch log --from --since 2d < number.txt
  $ npx hookswitch log --text "11200" --since 1h
  $ npx hookswitch log --stats --since 30d --by day`,
    )
    .action(async (options: LogOptions) => {
      end(await searchLog(options, io));
    });

  program
    .command("show")
    .description("Show one delivery: what became of it, its attempts, request and answer.")
    .argument("<id>", "of the delivery, as log, tail and the header Hookswitch-Delivery tell it")
    .option("--unmask", "show what is personal too; audited (LOG_ADMIN_TOKEN)")
    .option(...urlOption)
    .option("--json", "print it as the API tells it")
    .addHelpText(
      "after",
      `${readingHelp}
Exit code: 0; 1 when it is not in the log, or that could not be read; 2 for what cannot be
done as it was said.

Examples:
  $ npx hookswitch show 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch show 01M85R4ERE00HACPH6B0CBCHVE --unmask --url https://hooks.example.com
  $ npx hookswitch show 01M85R4ERE00HACPH6B0CBCHVE --json | jq .attempts`,
    )
    .action(async (id: string, options: ShowOptions) => {
      end(await showDelivery(id, options, io));
    });
}

/** Adds `hookswitch reports`. */
export function addReports(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("reports")
    .description(
      "List what Twilio itself saw: Debugger events, its fallback requests, usage triggers.",
    )
    .option("--unmatched", "only those of no delivery here: what never got here")
    .addOption(filterOption("since"))
    .addOption(filterOption("until"))
    .option("--limit <n>", "so many at most, 1 to 100000 (default: 50)", limit)
    .option(...urlOption)
    .option("--json", "one JSON object a line")
    .addHelpText(
      "after",
      `
Each is put beside the delivery that it speaks of. They come from origins with
mode = "debugger" and "twilio_fallback": docs/what-twilio-saw.md.
${readingHelp}
Exit code: 0, also when there is nothing; 1 when the log could not be read; 2 for what
cannot be done as it was said.

Examples:
  $ npx hookswitch reports --since 1h
  $ npx hookswitch reports --unmatched --since 7d --json`,
    )
    .action(async (options: ReportsOptions) => {
      end(await listReports(options, io));
    });
}

/** A text that is looked for: an empty one is a shell's variable that was not set. */
export function text(typed: string): string {
  if (typed.trim() === "") throw new InvalidArgumentError("Expected a text.");
  if (typed.length > 200) throw new InvalidArgumentError("Expected at most 200 characters.");
  return typed;
}

function limit(typed: string): number {
  const number = /^\d{1,6}$/u.test(typed) ? Number(typed) : 0;
  if (number < 1 || number > 100_000) {
    throw new InvalidArgumentError("Expected a whole number from 1 to 100000.");
  }
  return number;
}
