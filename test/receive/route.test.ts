import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BrokenOrigin, OriginConfig, Route } from "../../src/config/types.ts";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import { isPathAllowed, matchRoute, normalisePath } from "../../src/receive/route.ts";
import { originConfig } from "../support/webhooks.ts";

/** As the configuration parses `path` and `host`. */
function route(path: string, host?: string): Route {
  const typedPath = path.replace(/\*$/, "");
  const kind = typedPath === path ? "exact" : "prefix";
  return { host, kind, typedPath, normalisedPath: normalisePath(typedPath) };
}

function origin(path: string, host?: string): OriginConfig {
  return originConfig({ name: `${host ?? ""}${path}`, route: route(path, host) });
}

/** Name of the origin that takes `url`, `!name` for a broken one. */
function taker(
  url: string,
  origins: readonly OriginConfig[],
  brokenOrigins: readonly BrokenOrigin[] = [],
) {
  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined) throw new TypeError(`no URL: ${url}`);
  // The order of the tables in the configuration must not matter.
  const [match, again] = [origins, origins.toReversed()].map((some) =>
    matchRoute(rawUrl, { origins: some, reportOrigins: [], brokenOrigins }),
  );
  expect(again).toEqual(match);
  if (match?.kind === "origin") return match.origin.name;
  return match?.kind === "misconfigured" ? `!${match.name}` : undefined;
}

describe("matchRoute()", () => {
  it("takes an exact path and nothing around it", () => {
    const origins = [origin("/sms")];
    expect(taker("https://h/sms", origins)).toBe("/sms");
    expect(taker("https://h/sms?a=/x", origins)).toBe("/sms");
    for (const path of ["/sms/", "/sms2", "/SMS", "//sms", "/a/sms", "/"]) {
      expect(taker(`https://h${path}`, origins), path).toBeUndefined();
    }
  });

  it("takes everything below a prefix, and the prefix without its slash", () => {
    const origins = [origin("/voice/*")];
    for (const path of ["/voice/", "/voice/a", "/voice/a/b", "/voice//", "/voice"]) {
      expect(taker(`https://h${path}`, origins), path).toBe("/voice/*");
    }
    for (const path of ["/voicemail", "/voic", "/a/voice/", "/"]) {
      expect(taker(`https://h${path}`, origins), path).toBeUndefined();
    }
  });

  it("takes everything for the prefix of all", () => {
    expect(taker("https://h/", [origin("/*")])).toBe("/*");
    expect(taker("https://h/a/b", [origin("/*")])).toBe("/*");
  });

  it("prefers a route with a host, even to an exact one without", () => {
    const origins = [origin("/sms"), origin("/*", "a.example")];
    expect(taker("https://a.example/sms", origins)).toBe("a.example/*");
    expect(taker("https://b.example/sms", origins)).toBe("/sms");
  });

  it("prefers an exact route to a prefix", () => {
    const origins = [origin("/voice/*"), origin("/voice"), origin("/voice/menu")];
    expect(taker("https://h/voice", origins)).toBe("/voice");
    expect(taker("https://h/voice/menu", origins)).toBe("/voice/menu");
    expect(taker("https://h/voice/menu/2", origins)).toBe("/voice/*");
  });

  it("prefers the longest prefix", () => {
    const origins = [origin("/a/*"), origin("/a/b/*"), origin("/*")];
    expect(taker("https://h/a/b/c", origins)).toBe("/a/b/*");
    expect(taker("https://h/a/b", origins)).toBe("/a/b/*");
    expect(taker("https://h/a/c", origins)).toBe("/a/*");
    expect(taker("https://h/c", origins)).toBe("/*");
  });

  it("compares hosts without regard to case and port", () => {
    const origins = [origin("/sms", "hooks.example.net")];
    expect(taker("https://Hooks.Example.NET:8443/sms", origins)).toBe("hooks.example.net/sms");
    expect(taker("https://hooks.example.net.evil.example/sms", origins)).toBeUndefined();
    expect(taker("https://hooks.example.net@evil.example/sms", origins)).toBeUndefined();
  });

  it("takes a path as typed and as the zone normalises it", () => {
    const origins = [origin("/%7ebob/caf%c3%a9/*"), origin("/t%2dx")];
    expect(taker("https://h/%7ebob/caf%c3%a9/in", origins)).toBe("/%7ebob/caf%c3%a9/*");
    expect(taker("https://h/~bob/caf%C3%A9/in", origins)).toBe("/%7ebob/caf%c3%a9/*");
    expect(taker("https://h/~bob/caf%C3%A9", origins)).toBe("/%7ebob/caf%c3%a9/*");
    expect(taker("https://h/t-x", origins)).toBe("/t%2dx");
    expect(taker("https://h/t%2Dx", origins)).toBeUndefined();
  });

  it("lets a broken origin keep its place: its webhooks do not go to another one", () => {
    const broken = [{ name: "menu", route: route("/voice/menu") }];
    const origins = [origin("/voice/*")];
    expect(taker("https://h/voice/menu", origins, broken)).toBe("!menu");
    expect(taker("https://h/voice/other", origins, broken)).toBe("/voice/*");
    const behind = [{ name: "all", route: route("/*") }];
    expect(taker("https://h/voice/menu", origins, behind)).toBe("/voice/*");
    expect(taker("https://h/sms", origins, behind)).toBe("!all");
  });

  it("gives a broken origin the preference between equal routes", () => {
    expect(taker("https://h/sms", [origin("/sms")], [{ name: "twin", route: route("/sms") }])).toBe(
      "!twin",
    );
  });

  it("leaves out a broken origin whose route could not be read", () => {
    expect(taker("https://h/sms", [], [{ name: "sms", route: undefined }])).toBeUndefined();
  });
});

describe("isPathAllowed()", () => {
  it.each([
    "/",
    "/sms",
    "/a//b/",
    "/...",
    "/.well-known",
    "/a.b/c..",
    "/%2e%2e%2e",
    "/.%2ea",
    "/a%2Fb",
    "/t/~x",
    "/;/",
    "/..a;/",
  ])("allows %s", (path) => {
    expect(isPathAllowed(path)).toBe(true);
  });

  it.each([
    "/.",
    "/..",
    "/./a",
    "/../a",
    "/a/.",
    "/a/..",
    "/a/../b",
    "/a/./b",
    "/%2e",
    "/%2E%2e/a",
    "/.%2e/a",
    "/%2E./a",
    "/a/%2e%2E",
    "/a%2f..%2fb",
    "/a/..%2Fb",
    "/a/%2e%2e%2f",
    "/a/..;/b",
    "/a/..%3b/b",
    "/a/..;x=1",
    "/a\\b",
    "/a\\..\\b",
    "/a%5cb",
    "/a%5C..%5Cb",
    "/.\t./a",
    "/a\n",
    "/\r",
  ])("does not allow %j", (path) => {
    expect(isPathAllowed(path)).toBe(false);
  });

  it("allows nothing that fetch() would resolve to another place", () => {
    const path = fc.string({
      unit: fc.constantFrom("a", "/", ".", "%2e", "%2E", "\\", ";", "\t"),
      maxLength: 12,
    });
    fc.assert(
      fc.property(path, (rest) => {
        if (isPathAllowed(`/${rest}`))
          expect(new URL(`https://h/${rest}`).pathname).toBe(`/${rest}`);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("normalisePath()", () => {
  it.each([
    ["/sms", "/sms"],
    ["/%7Ebob/%41%2d%5f%2e", "/~bob/A-_."],
    ["/a%2fb%3a%c3%a9", "/a%2Fb%3A%C3%A9"],
    ["/café/ü", "/caf%C3%A9/%C3%BC"],
    ["/a^b|c{}", "/a%5Eb%7Cc%7B%7D"],
    ["/a[b]@:!$&'()*+,;=", "/a[b]@:!$&'()*+,;="],
    ["/a//b/", "/a//b/"],
    ["/a/./b/../c/%2e%2E/d", "/a/d"],
    ["/%252e%zz%", "/%252e%zz%"],
    ["/a?b#c", "/a%3Fb%23c"],
  ])("makes %s into %s", (typed, normalised) => {
    expect(normalisePath(typed)).toBe(normalised);
  });

  it("has nothing left to do the second time, where escapes are whole", () => {
    const path = fc.string({
      unit: fc.constantFrom("a", "Z", "/", ".", "%2e", "%41", "%c3", "|", "^", "é", "?", ";", "\\"),
    });
    fc.assert(
      fc.property(path, (rest) => {
        const once = normalisePath(`/${rest}`);
        expect(normalisePath(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });
});
