import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import { type CostInput, type CostMode, estimate, freePlan } from "./estimate.ts";
import { storedBytes } from "./operations.ts";
import { costText, freeText } from "./text.ts";
import { readOn } from "./prices.ts";

/** What `hookswitch cost` was told on the command line. */
export interface CostOptions extends CostInput {
  readonly plan: "paid" | "free";
  readonly json?: boolean;
}

/** Adds `hookswitch cost` to the command. `end` is told the exit code. */
export function addCost(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("cost")
    .description(
      "What Cloudflare charges for so many webhooks, by what this release does for each.",
    )
    .requiredOption("--per-day <n>", "webhooks a day", numberFrom(1, 1e11))
    .addOption(
      new Option("--mode <mode>", "how they are taken")
        .choices(["respond", "queue"] satisfies CostMode[])
        .makeOptionMandatory(),
    )
    .option("--duplicates <part>", "the part of them that are duplicates", partOf, 0.01)
    .option(
      "--origin-ms <n>",
      "how long your application takes: respond mode",
      numberFrom(1, 15_000),
      1_000,
    )
    .option("--days <n>", "how long the log is kept: LOG_DAYS", numberFrom(2, 400), 30)
    .option("--bytes <n>", "stored of each", numberFrom(1, 2_000_000), storedBytes)
    .option("--peak <n>", "the busiest second, times the average", numberFrom(1, 10_000), 10)
    .addOption(
      new Option("--plan <plan>", "free tells what a day carries, and what runs out first")
        .choices(["paid", "free"])
        .default("paid"),
    )
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
List prices of ${readOn}; a month is 30 days. Time is an upper end. Not in it: what is done
with the log (pages that are read, replays), queued webhooks that are tried again, refusals, alerts,
Workers Logs. Exit code: 0, or 1 where the free plan does not carry it.

Examples:
  $ npx hookswitch cost --per-day 20000 --mode respond
  $ npx hookswitch cost --per-day 20000 --mode respond --origin-ms 80
  $ npx hookswitch cost --per-day 5000000 --mode queue --duplicates 0 --days 7
  $ npx hookswitch cost --per-day 20000 --mode queue --plan free
  $ npx hookswitch cost --per-day 20000 --mode respond --json`,
    )
    .action((options: CostOptions) => {
      end(cost(options, io));
    });
}

/** Prints what it comes to; gives the exit code. */
function cost(options: CostOptions, io: Io): number {
  if (options.plan === "paid") {
    const found = estimate(options);
    io.out(
      options.json
        ? JSON.stringify({ pricesOf: readOn, ...found }, undefined, 2)
        : costText(options, found),
    );
    return 0;
  }
  const limits = freePlan(options);
  const isEnough = limits.every(({ webhooks, isSpare }) => isSpare || webhooks >= options.perDay);
  io.out(
    options.json
      ? JSON.stringify({ pricesOf: readOn, isEnough, limits }, undefined, 2)
      : freeText(options, limits),
  );
  return isEnough ? 0 : 1;
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    return number;
  };
}

function partOf(text: string): number {
  const part = /^\d(\.\d+)?$/u.test(text) ? Number(text) : Number.NaN;
  if (!(part <= 1)) throw new InvalidArgumentError("Expected a number from 0 to 1, such as 0.01.");
  return part;
}
