import { type Command, InvalidArgumentError, Option } from "commander";
import { filterOptions, mistakeInFilter } from "./filters.ts";

/** Adds the list's filters to a command, each at most once and checked as it is read. */
export function addFilterOptions(command: Command): void {
  for (const { flags, name, help } of filterOptions) {
    const option = new Option(flags, help).argParser((text: string, before: string | undefined) => {
      // The API would go by the last one alone, and that is not what was said.
      if (before !== undefined) throw new InvalidArgumentError("Expected once.");
      const mistake = mistakeInFilter(name, text);
      if (mistake !== undefined) throw new InvalidArgumentError(mistake);
      return text;
    });
    command.addOption(option);
  }
}
