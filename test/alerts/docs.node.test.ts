import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import { alertsConfig } from "../support/alerts.ts";

const read = (file: string): string =>
  readFileSync(join(import.meta.dirname, "../../docs", file), "utf8");
const rules = Object.keys(alertsConfig().rules).map((key) => key.replace(/Ms$/, ""));

test.each([...rules, "test"])("docs/runbook.md says what %s means and what to do", (rule) => {
  const sections = new Map(
    read("runbook.md")
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf("\n")), section]),
  );
  expect(sections.get(rule)).toContain("**Means.**");
  if (rule !== "test") expect(sections.get(rule)).toMatch(/\*\*Do\.\*\*/);
});

test.each(rules)("docs/alerts.md has %s in its table", (rule) => {
  expect(read("alerts.md")).toContain(`\n| \`${rule}\` | `);
});

test("docs/alerts.md tells the defaults", () => {
  const text = read("alerts.md");
  const { failing, refusals, budget, backlogMinutes, storage } = defaults.alerts;
  const { windowMinutes, intervalMinutes, repeatMinutes } = defaults.alerts;
  expect(text).toContain(`{ percent = ${failing.percent}, at_least = ${failing.atLeast} }`);
  expect(text).toContain(`{ percent = ${refusals.percent}, at_least = ${refusals.atLeast} }`);
  expect(text).toContain(
    `{ used = ${budget.used}, percent = ${budget.percent}, at_least = ${budget.atLeast} }`,
  );
  expect(text).toContain(`{ minutes = ${backlogMinutes} }`);
  expect(text).toContain(`{ warn = ${storage.warn}, full = ${storage.full} }`);
  expect(text).toContain(`| \`window\` | 1–60 minutes | ${windowMinutes} |`);
  expect(text).toContain(`| \`interval\` | 1–1440 minutes | ${intervalMinutes} |`);
  expect(text).toContain(`| \`repeat\` | 0–10080 minutes | ${repeatMinutes} |`);
});
