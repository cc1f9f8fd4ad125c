import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changes } from "../../src/explain/change.ts";
import { MAX_CHECKS } from "../../src/explain/explain.ts";
import { changeWords, nextSteps } from "../../src/explain/words.ts";

const text = await readFile(join(import.meta.dirname, "../../docs/explain.md"), "utf8");

test("docs/explain.md has every change in the order tried, with the words it says", () => {
  const rows = text.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
  const cells = rows.map((row) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll(String.raw`\<`, "<")),
  );
  // The API's fields have a table of two columns.
  const ofChanges = cells.filter(({ length }) => length > 4);
  expect(ofChanges.map(([, change, , what, mend]) => [change, what, mend])).toEqual(
    changes.map((each) => [`\`${each}\``, ...changeWords[each]]),
  );
});

test("docs/explain.md has the bound and what to look at next", () => {
  expect(text).toContain(`at most ${MAX_CHECKS} signatures`);
  for (const step of nextSteps) expect(text).toContain(step.replaceAll("<", String.raw`\<`));
});
