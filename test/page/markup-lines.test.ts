import { expect, test } from "vitest";
import { markupLines } from "../../src/page/markup-lines.ts";

function laidOut(markup: string): string | undefined {
  return markupLines(markup)
    ?.map(({ depth, pieces }) => "  ".repeat(depth) + pieces.map(({ text }) => text).join(""))
    .join("\n");
}

test.each([
  ["<Response/>", "<Response />"],
  [
    '<?xml version="1.0"?><Response><Say voice="alice">Hi</Say><Hangup/></Response>',
    '<Response>\n  <Say voice="alice">Hi</Say>\n  <Hangup />\n</Response>',
  ],
  [
    "<Response><Gather><Say>One</Say></Gather></Response>",
    "<Response>\n  <Gather>\n    <Say>One</Say>\n  </Gather>\n</Response>",
  ],
  ["<Response><!-- why --></Response>", "<Response>\n  <!-- why -->\n</Response>"],
  [
    "<Response>One<Say>two</Say>three</Response>",
    "<Response>\n  One\n  <Say>two</Say>\n  three\n</Response>",
  ],
])("markupLines() lays out %s", (markup, expected) => {
  expect(laidOut(markup)).toBe(expected);
});

test("markupLines() keeps a text that looks like markup a text", () => {
  const lines = markupLines(
    "<Response><Say>&lt;script&gt;alert(1)&lt;/script&gt;</Say></Response>",
  );
  const texts = lines?.flatMap(({ pieces }) => pieces).filter(({ kind }) => kind === "text");
  expect(texts).toEqual([{ kind: "text", text: "&lt;script&gt;alert(1)&lt;/script&gt;" }]);
});

test("markupLines() puts a long text on a line of its own", () => {
  expect(laidOut(`<Say>${"word ".repeat(30)}</Say>`)?.split("\n")).toHaveLength(3);
});

test.each(["", "text", "<Response>", "<a></b>", "<!DOCTYPE html><p>not closed"])(
  "markupLines() of %j is nothing: it is shown as it is",
  (markup) => {
    expect(markupLines(markup)).toBeUndefined();
  },
);
