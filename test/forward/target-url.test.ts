import * as fc from "fast-check";
import { expect, test } from "vitest";
import { originUrl } from "../../src/forward/target-url.ts";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import type { RawUrl } from "../../src/receive/webhook.ts";
import { routed, type RouteAndTarget } from "../support/routes.ts";

const exact = routed("/sms", "https://app.example.com/twilio/sms");
const prefix = routed("/voice/*", "https://app.example.com/app/voice/*");
const prefixToRoot = routed("/voice/*", "https://app.example.com:8443/*");
const everything = routed("/*", "https://app.example.com/app/*");
const withQuery = routed("/sms", "https://app.example.com/twilio?key=1&b");
const odd = routed("/caf\u00e9/{a}/*", "https://app.example.com/caf\u00e9/*");

function received(pathAndQuery: string): RawUrl {
  const rawUrl = parseRawUrl(`https://hooks.example.net${pathAndQuery}`);
  if (rawUrl === undefined) throw new TypeError(`Cannot read ${pathAndQuery}`);
  return rawUrl;
}

function sent({ target, route }: RouteAndTarget, pathAndQuery: string): string | undefined {
  return originUrl(target, route, received(pathAndQuery));
}

test.each<[RouteAndTarget, received: string, sent: string]>([
  [exact, "/sms", "https://app.example.com/twilio/sms"],
  [exact, "/sms?a=1", "https://app.example.com/twilio/sms?a=1"],
  [exact, "/sms?", "https://app.example.com/twilio/sms?"],
  [prefix, "/voice/menu", "https://app.example.com/app/voice/menu"],
  [prefix, "/voice/a//b/", "https://app.example.com/app/voice/a//b/"],
  [prefix, "/voice//evil.example", "https://app.example.com/app/voice//evil.example"],
  [prefix, "/voice/", "https://app.example.com/app/voice/"],
  [prefix, "/voice", "https://app.example.com/app/voice"],
  [prefixToRoot, "/voice/menu", "https://app.example.com:8443/menu"],
  [prefixToRoot, "/voice//menu", "https://app.example.com:8443//menu"],
  [prefixToRoot, "/voice", "https://app.example.com:8443/"],
  [everything, "/", "https://app.example.com/app/"],
  [everything, "/voice", "https://app.example.com/app/voice"],
  [everything, "/@evil.example/:80", "https://app.example.com/app/@evil.example/:80"],
])("originUrl() maps the path: %$", ({ target, route }, pathAndQuery, url) => {
  expect(originUrl(target, route, received(pathAndQuery))).toBe(url);
});

test.each([
  ["/a%2Fb", "/a%2Fb"],
  ["/%2f%2B%7E%zz", "/%2f%2B%7E%zz"],
  ["/a;b=1,c", "/a;b=1,c"],
  ["/...", "/..."],
  ["/.a/a..", "/.a/a.."],
  ["/^{}|", "/%5E%7B%7D|"],
  ["/caf\u00e9", "/caf%C3%A9"],
  ["/'\"", "/'%22"],
  ["/%00", "/%00"],
])("originUrl() serialises the path %j as fetch() will send it", (path, serialised) => {
  expect(sent(prefix, `/voice${path}`)).toBe(`https://app.example.com/app/voice${serialised}`);
});

test.each([
  ["", ""],
  ["?", "?"],
  ["??", "??"],
  ["?&&a=&b", "?&&a=&b"],
  ["?b=2&a=1&a=1", "?b=2&a=1&a=1"],
  ["?a=%7e+%20;/?:@", "?a=%7e+%20;/?:@"],
  ["?a='b'", "?a=%27b%27"],
  ["?a={^}|", "?a={^}|"],
  ["?n=\u00fc", "?n=%C3%BC"],
  ["?bodySHA256=abc", "?bodySHA256=abc"],
  ["?u=https://e.example/../x", "?u=https://e.example/../x"],
])("originUrl() serialises the query %j as fetch() will send it", (query, serialised) => {
  expect(sent(exact, `/sms${query}`)).toBe(`https://app.example.com/twilio/sms${serialised}`);
});

test.each([
  ["/sms", "?key=1&b"],
  ["/sms?", "?key=1&b"],
  ["/sms?a=1", "?key=1&b&a=1"],
  ["/sms?key=2&bodySHA256=abc", "?key=1&b&key=2&bodySHA256=abc"],
])("originUrl() puts the target's own query before that of %j", (pathAndQuery, query) => {
  expect(sent(withQuery, pathAndQuery)).toBe(`https://app.example.com/twilio${query}`);
});

test.each([
  ["as typed", "/caf\u00e9/{a}/x"],
  ["normalised", "/caf%C3%A9/%7Ba%7D/x"],
])("originUrl() takes the route's path %s", (_, path) => {
  expect(sent(odd, path)).toBe("https://app.example.com/caf%C3%A9/x");
});

test.each<[what: string, RouteAndTarget, path: string]>([
  ["up and out", prefix, "/voice/../admin"],
  ["up and out, encoded", prefix, "/voice/%2e%2E/admin"],
  ["up and out, half encoded", prefix, "/voice/.%2e/admin"],
  ["up and out at the end", prefix, "/voice/.."],
  ["up and out for a server that decodes slashes", prefix, "/voice/..%2fadmin"],
  ["up and out for a server of Java's", prefix, "/voice/..;/admin"],
  ["backslashes", prefix, "/voice/..\\admin"],
  ["a tab that fetch() drops", prefix, "/voice/.\t./admin"],
  ["a path of another route", prefix, "/voicemail"],
  ["a path that is longer than an exact one", exact, "/sms/x"],
])("originUrl() sends %s nowhere", (_, route, path) => {
  expect(sent(route, path)).toBeUndefined();
});

test("originUrl() never leaves the target, whatever path and query are received", () => {
  const piece = fc.constantFrom(
    "/",
    "..",
    ".",
    "%2e",
    "%2f",
    "\\",
    "//",
    "@",
    ":",
    "?",
    "#",
    "%",
    ";",
    "a",
    "é",
    "\t",
    " ",
    "https://evil.example",
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (path, query) => {
      const rawUrl = { ...received("/"), path: `/voice/${path.join("")}`, query: query.join("") };
      for (const { target, route } of [prefix, prefixToRoot]) {
        const url = originUrl(target, route, rawUrl);
        if (url === undefined) continue;
        expect(url.startsWith(`${target.base}${target.path}`)).toBe(true);
        expect(new URL(url).href).toBe(url);
      }
    }),
  );
});
