import { describe, expect, test } from "vitest";
import { type Entry, entryLine, planUndo, readKept } from "../../../src/cli/connect/kept.ts";
import { readResource } from "../../../src/cli/connect/resource.ts";

type Said = readonly [by: Entry["by"], old: string, next: string];

/** The file after these changes of one number's voice URL. */
function written(...said: readonly Said[]): string {
  return said
    .map(([by, old, next]) =>
      entryLine({
        at: "2026-11-24T03:00:00.000Z",
        by,
        resource: "number",
        sid: "PN1",
        name: "+15550001111",
        setting: "voiceUrl",
        old: { url: old, method: "POST" },
        new: { url: next, method: "POST" },
      }),
    )
    .join("");
}

/** What the undo makes of the voice URL that stands there now. */
function undone(now: string, file: string): string | undefined {
  const number = readResource("number", { sid: "PN1", voiceUrl: now, voiceMethod: "POST" });
  const [step] = planUndo([number], readKept(file).kept);
  if (step?.intent.kind === "change") return step.intent.to.url;
  return step?.intent.kind;
}

const [app, hooks, other, direct] = ["https://a/", "https://h/#rc=2", "https://b/", "https://a/#d"];

describe("planUndo() puts back", () => {
  test.each<readonly [string, readonly Said[], string, string | undefined]>([
    ["what was there", [["apply", app, hooks]], hooks, app],
    ["nothing that was not there", [["apply", "", hooks]], hooks, ""],
    ["nothing twice", [["apply", app, hooks]], app, "right"],
    ["nothing that somebody has changed", [["apply", app, hooks]], other, "left"],
    [
      "what was there before two runs",
      [
        ["apply", app, hooks],
        ["apply", hooks, other],
      ],
      other,
      app,
    ],
    [
      "also what the first of two runs has set",
      [
        ["apply", app, hooks],
        ["apply", hooks, other],
      ],
      hooks,
      app,
    ],
    [
      "what was there after a crash and a second run",
      [
        ["apply", app, hooks],
        ["apply", app, hooks],
      ],
      hooks,
      app,
    ],
    [
      "what was there, where a first run that crashed got through after all",
      [
        ["apply", app, hooks],
        ["apply", app, other],
      ],
      hooks,
      app,
    ],
    [
      "what somebody has set between two runs",
      [
        ["apply", app, hooks],
        ["apply", other, hooks],
      ],
      hooks,
      other,
    ],
    [
      "what was there before it went direct",
      [
        ["apply", app, hooks],
        ["direct", hooks, direct],
      ],
      direct,
      app,
    ],
    [
      "nothing that was put back",
      [
        ["apply", app, hooks],
        ["undo", hooks, app],
      ],
      hooks,
      undefined,
    ],
    [
      "what was there after the last undo",
      [
        ["apply", other, hooks],
        ["undo", hooks, other],
        ["apply", app, hooks],
      ],
      hooks,
      app,
    ],
    ["what is spelt in another way", [["apply", app, "https://H/"]], "https://h", app],
  ])("%s", (_what, said, now, expected) => {
    expect(undone(now, written(...said))).toBe(expected);
  });
});

describe("readKept()", () => {
  test("does without what is cut off, and counts it", () => {
    const file = written(["apply", app, hooks]);
    expect(readKept(`${file}${file.slice(0, 50)}\n${file}`)).toMatchObject({ unreadable: 1 });
    expect(undone(hooks, `${file}${file.slice(0, 50)}`)).toBe(app);
  });

  test.each(["null", "{}", '{"v":2}', '{"v":1,"by":"apply"}'])("does without %s", (line) => {
    expect(readKept(line)).toMatchObject({ unreadable: 1 });
  });
});
