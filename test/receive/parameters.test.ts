import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exceedsParameters, isForm, parseForm, parseQuery } from "../../src/receive/parameters.ts";
import { encodeForm } from "../support/sign.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("parseForm()", () => {
  it.each<[form: string, parameters: [string, string][]]>([
    ["", []],
    ["&&", []],
    [
      "a=1&b=2&a=0",
      [
        ["a", "1"],
        ["b", "2"],
        ["a", "0"],
      ],
    ],
    ["a=+%20%2B+", [["a", "  + "]]],
    [
      "ToCity=&Flag",
      [
        ["ToCity", ""],
        ["Flag", ""],
      ],
    ],
    ["=v", [["", "v"]]],
    ["a=b=c", [["a", "b=c"]]],
    ["a;b=c", [["a;b", "c"]]],
    ["%61=caf%C3%A9", [["a", "café"]]],
    [
      "__proto__=x&10=a&9=b",
      [
        ["__proto__", "x"],
        ["10", "a"],
        ["9", "b"],
      ],
    ],
    ["a=%zz%", [["a", "%zz%"]]],
    ["a=%FF", [["a", "\uFFFD"]]],
  ])("decodes %j in the order received", (form, parameters) => {
    expect(parseForm(bytes(form))).toEqual(parameters);
  });

  it("keeps a question mark at the start of the first name", () => {
    expect(parseForm(bytes("?a=1"))).toEqual([["?a", "1"]]);
    expect(parseForm(bytes("??a=1"))).toEqual([["??a", "1"]]);
  });

  it("keeps a byte order mark, which was signed, raw and encoded", () => {
    expect(parseForm(bytes("\uFEFFa=%EF%BB%BFb"))).toEqual([["\uFEFFa", "\uFEFFb"]]);
  });

  it("gives back what was encoded", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (parameters) => {
        expect(parseForm(bytes(encodeForm(parameters)))).toEqual(parameters);
      }),
    );
  });
});

describe("parseQuery()", () => {
  it("reads no query as no parameters", () => {
    expect(parseQuery(undefined)).toEqual([]);
    expect(parseQuery("")).toEqual([]);
  });

  it("takes a second question mark for part of the name", () => {
    expect(parseQuery("?a=1&b='")).toEqual([
      ["?a", "1"],
      ["b", "'"],
    ]);
  });
});

describe("exceedsParameters()", () => {
  it("tells the last count that passes from the first that does not", () => {
    expect(exceedsParameters(bytes("a=%26&b=2&c"), 3)).toBe(false);
    expect(exceedsParameters(bytes("a=%26&b=2&c"), 2)).toBe(true);
    expect(exceedsParameters(bytes(""), 1)).toBe(false);
  });

  it("counts what is empty too: it is never below what there is", () => {
    expect(exceedsParameters(bytes("&&&"), 3)).toBe(true);
    expect(exceedsParameters(bytes("&&&"), 4)).toBe(false);
  });
});

describe("isForm()", () => {
  it.each([
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "Application/X-WWW-Form-URLEncoded ;charset=UTF-8",
  ])("takes %s for a form", (type) => {
    expect(isForm(new Headers({ "content-type": type }))).toBe(true);
  });

  it.each([
    "application/json",
    "application/x-www-form-urlencoded2",
    "multipart/form-data; boundary=x",
    "text/plain; a=application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded, application/json",
    "",
  ])("does not take %j for a form", (type) => {
    expect(isForm(new Headers({ "content-type": type }))).toBe(false);
  });

  it("does not take a body without a content type for a form", () => {
    expect(isForm(new Headers())).toBe(false);
  });
});
