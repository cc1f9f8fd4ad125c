import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseTwiml } from "../../src/check/xml.ts";

test.each([
  ["nothing", "", "line 1, column 1: Root element is missing or invalid"],
  ["plain text", "Hello", "line 1, column 1: Root element is missing or invalid"],
  [
    "an HTML page",
    "<!doctype html><html></html>",
    "line 1, column 1: Root element is missing or invalid",
  ],
  [
    "a space before the declaration",
    " <?xml version='1.0'?><Response/>",
    "line 1, column 2: XML declaration isn't allowed here",
  ],
  [
    "XML 2.0",
    "<?xml version='2.0'?><Response/>",
    "line 1, column 20: Invalid character in version number",
  ],
  [
    "a missing end tag",
    "<Response><Say>Anna</Response>",
    "line 1, column 20: Missing end tag for element",
  ],
  ["a truncated tag", "<Response><Anna", "line 1, column 16: Unclosed start tag for element"],
  [
    "a broken end tag",
    "<Response></Response Anna>",
    "line 1, column 22: Unclosed end tag for element",
  ],
  ["an attribute twice", "<Response Anna='1' Anna='2'/>", "line 1, column 28: Duplicate attribute"],
  [
    "an ampersand in a URL",
    "<Response>/x?a=1&b=2</Response>",
    "line 1, column 20: Unterminated reference (a reference must end with `;`)",
  ],
  [
    "an entity of HTML",
    "<Response>&Anna;</Response>",
    "line 1, column 11: Named entity isn't defined",
  ],
  [
    "an entity of its own",
    '<!DOCTYPE Response [<!ENTITY Anna "x">]>\n<Response>&Anna;</Response>',
    "line 2, column 11: Named entity isn't defined",
  ],
  ["a control character", "<Response>\u0008</Response>", "line 1, column 11: Invalid character"],
  [
    "two roots",
    "<Response/><Response/>",
    "line 1, column 12: Extra content at the end of the document",
  ],
])("parseTwiml() refuses %s and says where, without a word of it", (_, text, detail) => {
  const error = { reason: "malformed", detail: `The XML is not well-formed at ${detail}.` };
  expect(parseTwiml(text)).toEqual({ ok: false, error });
});

test.each([
  "<response/>",
  "<html><body/></html>",
  "<x:Response xmlns:x='urn:x'/>",
  "<Say>Hello</Say>",
])("parseTwiml() refuses the root of %j", (text) => {
  const error = { reason: "root_not_response", detail: "The XML's root element is not Response." };
  expect(parseTwiml(text)).toEqual({ ok: false, error });
});

test("parseTwiml() refuses elements nested until the stack runs out", () => {
  const error = { reason: "malformed", detail: "The XML is nested too deeply." };
  expect(parseTwiml(`<Response>${"<a>".repeat(21_000)}`)).toEqual({ ok: false, error });
});

test("parseTwiml() takes or refuses any text and never throws", () => {
  const piece = fc.constantFrom(
    "<Response>",
    "</Response>",
    "<",
    ">",
    "&",
    ";",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE",
    "[",
    "'",
    "=",
    "\r",
    " ",
    "a",
    "é",
    "\uD800",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(typeof parseTwiml(pieces.join("")).ok).toBe("boolean");
    }),
  );
});
