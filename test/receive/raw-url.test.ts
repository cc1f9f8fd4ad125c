import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRawUrl } from "../../src/receive/raw-url.ts";

describe("parseRawUrl()", () => {
  it("cuts a URL into its parts without changing one of them", () => {
    expect(parseRawUrl("https://Hooks.Example.net:8443/a%2fB/%7e?x='1'&y=+%20&")).toEqual({
      scheme: "https",
      host: "Hooks.Example.net",
      port: "8443",
      path: "/a%2fB/%7e",
      query: "x='1'&y=+%20&",
    });
  });

  it.each([
    ["https://h/p", undefined],
    ["https://h/p?", ""],
    ["https://h/p??a?b", "?a?b"],
    ["https://h/p?a@b:c/d\\e", "a@b:c/d\\e"],
  ])("reads the query of %s as %j", (url, query) => {
    expect(parseRawUrl(url)?.query).toBe(query);
  });

  it.each([
    ["https://h/", undefined],
    ["https://h:/", ""],
    ["https://h:080/", "080"],
    ["https://[::1]/", undefined],
    ["https://[::1]:8787/", "8787"],
  ])("reads the port of %s as %j", (url, port) => {
    expect(parseRawUrl(url)?.port).toBe(port);
  });

  it.each([
    ["https://u:p@h:1/p", "h"],
    ["https://a@b@h/p", "h"],
    ["https://h/a@b", "h"],
    ["https://h?a@b", "h"],
    ["https://[2001:db8::1]:8443/p", "[2001:db8::1]"],
    ["http://café.example/p", "café.example"],
  ])("reads the host of %s as %s", (url, host) => {
    expect(parseRawUrl(url)?.host).toBe(host);
  });

  it.each(["https://h", "https://h?x=1", "https://h#f"])(
    "gives %s the path that stands on the wire",
    (url) => {
      expect(parseRawUrl(url)?.path).toBe("/");
    },
  );

  it.each(["//a//b", "/./a/../b", "/a;b=c", "/^{}|[]", "/a b", "/é", "/%zz%00"])(
    "keeps the path %s",
    (path) => {
      expect(parseRawUrl(`https://h${path}?q`)?.path).toBe(path);
    },
  );

  it("drops a fragment, which Twilio does not sign", () => {
    expect(parseRawUrl("https://h/p?a=1#rc=2?x")).toMatchObject({ path: "/p", query: "a=1" });
    expect(parseRawUrl("https://h/p#?x")?.query).toBeUndefined();
  });

  it.each([
    ["ftp://h/"],
    ["wss://h/"],
    ["h/p"],
    [""],
    ["https:///p"],
    ["https://:80/p"],
    ["https://u@/p"],
    ["https://h:8a/p"],
    ["https://::1/p"],
    ["https://[::1/p"],
    ["https://h]/p"],
    ["https://evil.example\\@h/p"],
    ["https://h\\p"],
  ])("takes %j for no URL", (url) => {
    expect(parseRawUrl(url)).toBeUndefined();
  });

  it("loses nothing: the parts put together are the URL", () => {
    const path = fc.string({ unit: fc.constantFrom(..."aZ0/.%2e~'+@:;=&|[]{}^\\é".split("")) });
    const query = fc.option(
      fc.string({ unit: fc.constantFrom(..."aZ0/?.%27~'+@:;=&|[]{}^\\é".split("")) }),
      {
        nil: undefined,
      },
    );
    const port = fc.option(fc.nat(65_535).map(String), { nil: undefined });
    const host = fc.constantFrom("h", "Hooks.Example.net", "127.0.0.1", "[::1]");
    fc.assert(
      fc.property(
        fc.constantFrom("http", "https"),
        host,
        port,
        path,
        query,
        (scheme, name, number, rest, search) => {
          const authority = number === undefined ? name : `${name}:${number}`;
          const url = `${scheme}://${authority}/${rest}${search === undefined ? "" : `?${search}`}`;
          expect(parseRawUrl(url)).toEqual({
            scheme,
            host: name,
            port: number,
            path: `/${rest}`,
            query: search,
          });
        },
      ),
    );
  });
});
