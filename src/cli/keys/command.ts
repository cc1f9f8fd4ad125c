import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import { readingHelp, urlOption } from "../log/command.ts";
import { mistakeInFilter } from "../log/filters.ts";
import { keys, type KeysOptions } from "./keys.ts";

/** Adds `hookswitch keys` to the command. `end` is told the exit code. */
export function addKeys(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("keys")
    .description("Tell how often each key has matched and when last: ends a rotation safely.")
    .argument("[name]", "of a key, such as TWILIO_AUTH_TOKEN#1: can it be taken out?")
    .addOption(
      new Option(
        "--since <when>",
        "count from: 2h, 7d, 2026-11-24T09:30:00Z (default: 24h)",
      ).argParser(since),
    )
    .option(...urlOption)
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
A key is named by its variable and its place in it, never by its value: #1 is the first of
the list. So count from after the list was changed last. The time of the last match is told
to the minute for two days, to the hour before. Webhooks to a path of no origin are not
counted, nor is the last minute before a process was lost.
${readingHelp}
Exit code: 0, with a name only when that key has not matched and others have; 1 when it has,
when nothing came in, or the log could not be read; 2 for what cannot be done as it was said.

Examples:
  $ npx hookswitch keys
  $ npx hookswitch keys --since 2026-11-24T09:30:00Z --url https://hooks.example.com
  $ npx hookswitch keys "TWILIO_AUTH_TOKEN#1" --since 24h && echo "the old one can go"`,
    )
    .action(async (name: string | undefined, options: KeysOptions) => {
      end(await keys(name, options, io));
    });
}

function since(typed: string): string {
  const mistake = mistakeInFilter("since", typed);
  if (mistake !== undefined) throw new InvalidArgumentError(mistake);
  return typed;
}
