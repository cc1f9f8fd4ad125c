import { describe, expect, it } from "vitest";
import { readExplanation } from "../../../src/cli/explain/read-explanation.ts";
import { presentReason } from "../../../src/explain/present.ts";

const shown = presentReason("signature_mismatch", "secret");

describe("readExplanation()", () => {
  it("reads what the Worker answers as it is", () => {
    expect(readExplanation({ id: "1", ...shown })).toEqual(shown);
  });

  it.each([
    ["no verdict", { id: "1" }],
    ["a verdict of a later version", { ...shown, verdict: "two_changes" }],
    ["a change of a later version", { ...shown, verdict: "one_change", change: "weather" }],
  ])("takes %s for another form", (_, answer) => {
    expect(readExplanation(answer)).toBeUndefined();
  });
});
