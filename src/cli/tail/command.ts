import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import { readingHelp, text, urlOption } from "../log/command.ts";
import { addFilterOptions } from "../log/filter-options.ts";
import { tail, type TailOptions } from "./tail.ts";

/** Adds `hookswitch tail` to the command. `end` is told the exit code. */
export function addTail(program: Command, io: Io, end: (exitCode: number) => void): void {
  const command = program
    .command("tail")
    .description("Show webhooks as they come in, one line each, until Ctrl-C.");
  addFilterOptions(command);
  command
    .addOption(new Option("--text <text>", "that show this text").argParser(text))
    .option("--last <n>", "so many of those before first, 0 to 200 (default: 10)", last)
    .option(...urlOption)
    .option("--json", "one JSON object a line, as the API tells them")
    .addHelpText(
      "after",
      `
A webhook has a line when it is over, and another one each time something changes: a queued
one is tried, delivered or dead. After a break the stream goes on where it stopped; what was
said of it goes to standard error.
${readingHelp}
Exit code: 0 after Ctrl-C; 1 when there is nothing to watch any more; 2 for what cannot be
done as it was said.

Examples:
  $ npx hookswitch tail
  $ npx hookswitch tail --outcome failed --url https://hooks.example.com
  $ npx hookswitch tail --origin voice --min-ms 5000
  $ npx hookswitch tail --last 0 --json | jq -r .id`,
    )
    .action(async (options: TailOptions) => {
      end(await tail(options, io));
    });
}

function last(typed: string): number {
  const number = /^\d{1,3}$/u.test(typed) ? Number(typed) : 201;
  if (number > 200) throw new InvalidArgumentError("Expected a whole number from 0 to 200.");
  return number;
}
