import { type Command, InvalidArgumentError, Option } from "commander";
import { type FilterOption, filterOptions, mistakeInFilter } from "./filters.ts";

/** Adds the list's filters to a command, each at most once and checked as it is read. */
export function addFilterOptions(command: Command): void {
  for (const option of filterOptions) command.addOption(optionOf(option));
}

/** One of them alone. */
export function filterOption(key: FilterOption["key"]): Option {
  const found = filterOptions.find((each) => each.key === key);
  if (found === undefined) throw new TypeError(`Cannot add --${key}: no such filter`);
  return optionOf(found);
}

function optionOf({ flags, name, help }: FilterOption): Option {
  return new Option(flags, help).argParser((text: string, before: string | undefined) => {
    // The API would go by the last one alone, and that is not what was said.
    if (before !== undefined) throw new InvalidArgumentError("Expected once.");
    const mistake = mistakeInFilter(name, text);
    if (mistake !== undefined) throw new InvalidArgumentError(mistake);
    return text;
  });
}
