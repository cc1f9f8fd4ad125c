import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addConnect } from "../../../src/cli/connect/command.ts";
import { processIo } from "../../../src/cli/io.ts";
import { notSeen } from "../../../src/cli/connect/text.ts";
import { withOverrides } from "../../../src/cli/connect/webhook-url.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/rolling-out.md"), "utf8");
const readme = await readFile(join(import.meta.dirname, "../../../README.md"), "utf8");

describe("docs/rolling-out.md", () => {
  test("has no option that connect does not have, and all that change something", () => {
    const program = new Command();
    addConnect(program, processIo(), () => {});
    const known = new Set(program.commands[0]?.options.map(({ long }) => long));
    const lines = page.match(/npx hookswitch connect[^\n`]*/g) ?? [];
    const used = new Set(lines.flatMap((line) => line.replace(/#.*/, "").match(/--[\w-]+/g) ?? []));
    expect([...used].filter((each) => !known.has(each))).toEqual([]);
    expect([...used]).toEqual(expect.arrayContaining(["--apply", "--undo", "--direct", "--only"]));
  });

  test("has the overrides that connect sets, as the README has them", () => {
    expect(page).toContain(`#${withOverrides("")}\``);
    expect(readme).toContain(`\`#${withOverrides("")}\``);
  });

  test("names what connect does not see", () => {
    const named = notSeen.flatMap((line) => line.match(/\b[A-Z][a-zA-Z]{3,}\b/g) ?? []);
    expect(named.filter((word) => !page.includes(word))).toEqual([]);
  });

  test("has no link that leads nowhere", () => {
    const anchors = (text: string): readonly string[] =>
      [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
    const toReadme = [...page.matchAll(/\.\.\/README\.md#([\w-]+)/g)].map(([, id]) => id);
    const toPage = [...readme.matchAll(/docs\/rolling-out\.md#([\w-]+)/g)].map(([, id]) => id);
    expect(toReadme.filter((id) => !anchors(readme).includes(id ?? ""))).toEqual([]);
    expect(toPage.filter((id) => !anchors(page).includes(id ?? ""))).toEqual([]);
    expect(toPage.length).toBeGreaterThan(0);
  });
});
