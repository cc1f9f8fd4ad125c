import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OriginConfig, Route } from "../../src/config/types.ts";
import { parseQuery } from "../../src/receive/parameters.ts";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import { normalisePath } from "../../src/receive/route.ts";
import { signedUrls } from "../../src/verify/signed-url.ts";
import { originConfig, receivedWebhook, type WebhookParts } from "../support/webhooks.ts";

/** `[name, url]` of each candidate. */
function candidates(parts: WebhookParts, origin?: OriginConfig): readonly (readonly string[])[] {
  return signedUrls(receivedWebhook(parts), origin).map(({ name, url }) => [name, url]);
}

function typed(path: string): Route {
  const typedPath = path.replace(/\*$/, "");
  const kind = typedPath === path ? "exact" : "prefix";
  return { host: undefined, kind, typedPath, normalisedPath: normalisePath(typedPath) };
}

/** Behind a proxy that Twilio calls as `hooks.example.net`. */
function behind(port?: string): OriginConfig {
  return originConfig({
    publicUrl: { scheme: "https", host: "hooks.example.net", port },
    route: typed("/%73ms"),
  });
}

describe("signedUrls()", () => {
  it.each([
    ["https://h/p", "https://h:443/p"],
    ["http://h/p", "http://h:80/p"],
    ["https://[::1]/p", "https://[::1]:443/p"],
  ])("tries %s as received, then with its default port", (url, withPort) => {
    expect(candidates({ url })).toEqual([
      ["raw", url],
      ["default-port", withPort],
    ]);
  });

  it.each([
    ["https://h:8443/p?a=%27", "https://h/p?a=%27"],
    ["https://h:443/p", "https://h/p"],
    ["http://[::1]:8787/p", "http://[::1]/p"],
    ["https://h:/p", "https://h/p"],
  ])("tries %s as received, then without its port, and no other port", (url, withoutPort) => {
    expect(candidates({ url })).toEqual([
      ["raw", url],
      ["without-port", withoutPort],
    ]);
  });

  it("keeps path and query to the letter", () => {
    const url = "https://h/%7e//a%2Fb^'/?&&x=%20+%2b&y&'=\"|é";
    expect(candidates({ url })[0]).toEqual(["raw", url]);
  });

  it("leaves out userinfo and fragment, which Twilio does not sign", () => {
    expect(candidates({ url: "https://u:p@h/p?a#rc=2" })[0]).toEqual(["raw", "https://h/p?a"]);
  });

  it("keeps a bare question mark", () => {
    expect(candidates({ url: "https://h/p?" })[0]).toEqual(["raw", "https://h/p?"]);
  });

  it("puts wss in place of https for a WebSocket handshake, without variants of the query", () => {
    const handshake = { method: "GET", isWebSocketHandshake: true } as const;
    expect(candidates({ ...handshake, url: "https://h/media?a=%27%40" })).toEqual([
      ["raw", "wss://h/media?a=%27%40"],
      ["default-port", "wss://h:443/media?a=%27%40"],
    ]);
    expect(candidates({ ...handshake, url: "http://h:8787/media" })).toEqual([
      ["raw", "ws://h:8787/media"],
      ["without-port", "ws://h/media"],
    ]);
  });

  it("tries an apostrophe for %27 in the query of a GET", () => {
    expect(candidates({ method: "GET", url: "https://h:1/%27?City=Forli%27&x=%2527" })).toEqual([
      ["raw", "https://h:1/%27?City=Forli%27&x=%2527"],
      ["without-port", "https://h/%27?City=Forli%27&x=%2527"],
      ["apostrophe", "https://h:1/%27?City=Forli'&x=%2527"],
      ["apostrophe-without-port", "https://h/%27?City=Forli'&x=%2527"],
    ]);
  });

  it("tries @ and : for %40 and %3A in the query of a GET", () => {
    expect(candidates({ method: "GET", url: "https://h:1/%40?To=sip%3Aa%40b%3a5060" })).toEqual([
      ["raw", "https://h:1/%40?To=sip%3Aa%40b%3a5060"],
      ["without-port", "https://h/%40?To=sip%3Aa%40b%3a5060"],
      ["sip", "https://h:1/%40?To=sip:a@b:5060"],
      ["sip-without-port", "https://h/%40?To=sip:a@b:5060"],
    ]);
  });

  it("tries no variant of the query for a POST", () => {
    expect(candidates({ url: "https://h:1/p?a=%27%40" })).toHaveLength(2);
  });

  it("lets scheme, host and port of public_url stand in for the received ones in all of them", () => {
    expect(candidates({ method: "GET", url: "http://127.0.0.1:8787/sms?a=%27" }, behind())).toEqual(
      [
        ["raw", "https://hooks.example.net/sms?a=%27"],
        ["default-port", "https://hooks.example.net:443/sms?a=%27"],
        ["typed-path", "https://hooks.example.net/%73ms?a=%27"],
        ["apostrophe", "https://hooks.example.net/sms?a='"],
      ],
    );
    expect(candidates({ url: "http://127.0.0.1/x" }, behind("8443"))).toEqual([
      ["raw", "https://hooks.example.net:8443/x"],
      ["without-port", "https://hooks.example.net/x"],
    ]);
    const handshake = {
      method: "GET",
      isWebSocketHandshake: true,
      url: "http://127.0.0.1:8787/x",
    } as const;
    expect(candidates(handshake, behind())[0]).toEqual(["raw", "wss://hooks.example.net/x"]);
  });

  it.each([
    ["/%7ebob", "/~bob", "/%7ebob"],
    ["/t%2fx", "/t%2Fx", "/t%2fx"],
    ["/café", "/caf%C3%A9", "/café"],
    ["/%7ebob/*", "/~bob/in/%27", "/%7ebob/in/%27"],
    ["/%7ebob/*", "/~bob/", "/%7ebob/"],
    ["/%7ebob/*", "/~bob", "/%7ebob"],
  ])("tries the path %s as typed where %s was received", (path, received, expected) => {
    const origin = originConfig({ route: typed(path) });
    expect(candidates({ url: `https://h${received}?a` }, origin)).toContainEqual([
      "typed-path",
      `https://h${expected}?a`,
    ]);
  });

  it.each([
    ["/%7ebob", "/%7ebob"],
    ["/%7ebob", "/~bob/"],
    ["/%7ebob", "/other"],
    ["/%7ebob/*", "/~bobby"],
    ["/~bob", "/%7ebob"],
  ])("does not put %s in place of %s", (path, received) => {
    const names = candidates(
      { url: `https://h${received}` },
      originConfig({ route: typed(path) }),
    ).map(([name]) => name);
    expect(names).not.toContain("typed-path");
  });

  it("gives at most eight, each once, each of the same meaning as the URL received", () => {
    const unit = fc.constantFrom(
      "a",
      "=",
      "&",
      "+",
      "%",
      "2",
      "7",
      "%27",
      "%40",
      "%3A",
      "%3a",
      "%25",
      "'",
      "?",
      "%C3%A9",
    );
    const request = fc.record({
      scheme: fc.constantFrom("http", "https"),
      port: fc.constantFrom("", ":443", ":80", ":8443"),
      path: fc.constantFrom("/sms", "/~a/b", "/~a/%27", "/~a"),
      query: fc.option(fc.string({ unit })),
      method: fc.constantFrom("GET", "POST"),
      route: fc.constantFrom("/sms", "/%73ms", "/%7ea/*", "/*"),
    });
    fc.assert(
      fc.property(request, ({ scheme, port, path, query, method, route }) => {
        const url = `${scheme}://hooks.example.net${port}${path}${query === null ? "" : `?${query}`}`;
        const origin = originConfig({ route: typed(route) });
        const urls = signedUrls(receivedWebhook({ url, method }), origin).map(
          (candidate) => candidate.url,
        );
        expect(urls.length).toBeLessThanOrEqual(8);
        expect(new Set(urls).size).toBe(urls.length);
        for (const text of urls) {
          const parsed = parseRawUrl(text);
          expect(parsed).toMatchObject({ scheme, host: "hooks.example.net" });
          expect(normalisePath(parsed?.path ?? "")).toBe(normalisePath(path));
          expect(parseQuery(parsed?.query)).toEqual(parseQuery(query ?? undefined));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
