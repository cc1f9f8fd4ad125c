import { describe, expect, test } from "vitest";
import { chooseReplay, type ReplayOptions } from "../../../src/cli/replay/choice.ts";

const id = "01M85R4ERE00HACPH6B0CBCHVE";

describe("chooseReplay()", () => {
  test.each<readonly [string, string | undefined, ReplayOptions, unknown]>([
    ["an id", id, {}, { kind: "one", deliveryId: id, hasNewToken: false }],
    ["an id and a new token", id, { newToken: true }, { kind: "one", hasNewToken: true }],
    ["an id and a URL", id, { to: "http://a/b" }, { kind: "local", to: { path: "/b" } }],
    [
      "a filter",
      undefined,
      { since: "2h" },
      { kind: "many", filters: [["since", "2h"]], rate: 10, isSure: false },
    ],
    [
      "everything, said twice",
      undefined,
      { all: true, rate: 100, yes: true },
      { kind: "many", filters: [], rate: 100, isSure: true },
    ],
    ["a plan", undefined, { resume: "P1" }, { kind: "resume", planId: "P1", rate: undefined }],
    [
      "a plan at another rate, for which nobody need be asked",
      undefined,
      { resume: "P1", rate: 5, yes: true },
      { kind: "resume", planId: "P1", rate: 5 },
    ],
  ])("takes %s", (_what, given, options, value) => {
    expect(chooseReplay(given, options)).toMatchObject({ ok: true, value });
  });

  test.each<readonly [string, string | undefined, ReplayOptions, string]>([
    ["nothing at all", undefined, {}, "--all for all of the log"],
    ["--yes alone", undefined, { yes: true }, "--all for all of the log"],
    ["an id with a filter", id, { outcome: "dead" }, "an id does not go with filters"],
    ["an id with --all", id, { all: true }, "an id does not go with filters"],
    ["an id with --rate", id, { rate: 10 }, "--rate does not go"],
    ["an id with --yes", id, { yes: true }, "--yes does not go"],
    ["an id that is none", "D1", {}, "26 characters"],
    ["a target that is none", id, { to: "localhost:3000" }, "not a whole http or https URL"],
    ["--all with a filter", undefined, { all: true, sid: "CA1" }, "--all does not go"],
    ["--to with a filter", undefined, { sid: "CA1", to: "http://a/b" }, "--to goes with"],
    ["--new-token with --all", undefined, { all: true, newToken: true }, "--new-token goes with"],
    ["a plan and an id", id, { resume: "P1" }, "--resume goes with no id"],
    ["a plan and a filter", undefined, { resume: "P1", sid: "CA1" }, "--resume goes with no id"],
    ["a plan and --all", undefined, { resume: "P1", all: true }, "--resume goes with no id"],
    ["a plan and --to", undefined, { resume: "P1", to: "http://a/b" }, "--resume goes with no id"],
    ["a plan and --new-token", undefined, { resume: "P1", newToken: true }, "--resume goes with"],
    ["a plan without an id", undefined, { resume: "" }, "expected the id of a plan"],
    ["a plan that is a path", undefined, { resume: ".." }, "expected the id of a plan"],
  ])("refuses %s", (_what, given, options, message) => {
    const choice = chooseReplay(given, options);
    expect(!choice.ok && choice.error).toContain(message);
  });
});
