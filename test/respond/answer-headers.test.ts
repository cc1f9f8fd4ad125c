import { expect, test } from "vitest";
import { parseRawUrl } from "../../src/receive/raw-url.ts";
import { answerHeaders, type AnswerContext } from "../../src/respond/answer-headers.ts";
import { answered } from "../support/replies.ts";
import { routed, type RouteAndTarget } from "../support/routes.ts";

const prefix = routed("/voice/*", "https://app.example.com/app/voice/*");
const prefixToRoot = routed("/voice/*", "https://app.example.com/*");
const rootToPrefix = routed("/*", "https://app.example.com/app/*");
const exact = routed("/sms", "https://app.example.com/twilio/sms");
const withQuery = routed("/sms", "https://app.example.com/twilio/sms?key=1");

/** As if the path had been received at `https://hooks.example.net` and asked for at the target's own path. */
function context(
  { route, target }: RouteAndTarget,
  overrides: Partial<AnswerContext> = {},
): AnswerContext {
  const rawUrl = parseRawUrl(`https://hooks.example.net${route.typedPath}`);
  if (rawUrl === undefined) throw new TypeError(`Cannot read ${route.typedPath}`);
  return {
    to: "origin",
    target,
    route,
    rawUrl,
    publicUrl: undefined,
    requestUrl: `${target.base}${target.path}`,
    ...overrides,
  };
}

function rewritten(headers: Record<string, string>, of = context(prefix)): Record<string, string> {
  return Object.fromEntries(answerHeaders(answered({ type: null, headers }), of));
}

function cookies(setCookies: readonly string[], of: RouteAndTarget = prefix): readonly string[] {
  return answerHeaders(answered({ type: null, setCookies }), context(of)).map(([, value]) => value);
}

test("answerHeaders() passes what is said to Twilio", () => {
  const headers = {
    "cache-control": "no-store",
    "content-type": "text/xml; charset=utf-8",
    etag: '"x"',
    "www-authenticate": 'Basic realm="x"',
    "x-app": "1",
  };
  expect(rewritten(headers)).toEqual(headers);
});

test.each([
  "content-length",
  "content-encoding",
  "alt-svc",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "hookswitch-delivery",
  "hookswitch-anything",
])("answerHeaders() drops %s", (name) => {
  expect(rewritten({ [name]: "1" })).toEqual({});
});

test("answerHeaders() drops what Connection names", () => {
  expect(rewritten({ connection: "close, X-Hop", "x-hop": "1", "x-end": "2" })).toEqual({
    "x-end": "2",
  });
});

test.each<[what: string, RouteAndTarget, location: string, expected: string]>([
  [
    "an absolute one",
    prefix,
    "https://app.example.com/app/voice/next",
    "https://hooks.example.net/voice/next",
  ],
  [
    "one of the host",
    prefix,
    "/app/voice/next?a=1&b",
    "https://hooks.example.net/voice/next?a=1&b",
  ],
  ["a relative one", prefix, "next", "https://hooks.example.net/voice/next"],
  ["a query alone", prefix, "?a=1", "https://hooks.example.net/voice/?a=1"],
  ["one of the scheme", prefix, "//app.example.com/app/voice/", "https://hooks.example.net/voice/"],
  [
    "one with connection overrides",
    prefix,
    "next#rc=2&rt=4000",
    "https://hooks.example.net/voice/next#rc=2&rt=4000",
  ],
  ["the prefix without its slash", prefix, "/app/voice", "https://hooks.example.net/voice"],
  [
    "one with http for https",
    prefix,
    "http://app.example.com/app/voice/next",
    "https://hooks.example.net/voice/next",
  ],
  ["anything at all of the host", prefixToRoot, "/next", "https://hooks.example.net/voice/next"],
  ["the root", prefixToRoot, "/", "https://hooks.example.net/voice/"],
  ["one to a route of everything", rootToPrefix, "/app/next", "https://hooks.example.net/next"],
  ["itself", exact, "/twilio/sms?a=1", "https://hooks.example.net/sms?a=1"],
  [
    "one with the target's own query",
    withQuery,
    "/twilio/sms?key=1&a=1",
    "https://hooks.example.net/sms?a=1",
  ],
  [
    "one with nothing but the target's own query",
    withQuery,
    "/twilio/sms?key=1",
    "https://hooks.example.net/sms",
  ],
  [
    "one with a query that begins alike",
    withQuery,
    "/twilio/sms?key=12",
    "https://hooks.example.net/sms?key=12",
  ],
])("answerHeaders() maps %s back to the public URL", (_, of, location, expected) => {
  expect(rewritten({ location }, context(of))).toEqual({ location: expected });
});

test.each<[what: string, RouteAndTarget, location: string, expected: string]>([
  ["another path of the host", prefix, "/login", "https://app.example.com/login"],
  ["a path that begins alike", prefix, "/app/voicemail", "https://app.example.com/app/voicemail"],
  ["a path above", prefix, "../x", "https://app.example.com/app/x"],
  [
    "a path below an exact one",
    exact,
    "/twilio/sms/next",
    "https://app.example.com/twilio/sms/next",
  ],
  [
    "another host",
    prefix,
    "https://other.example.com/app/voice/",
    "https://other.example.com/app/voice/",
  ],
  [
    "another port",
    prefix,
    "https://app.example.com:8443/app/voice/",
    "https://app.example.com:8443/app/voice/",
  ],
  ["a telephone", prefix, "tel:+15551234567", "tel:+15551234567"],
  ["what is no URL", prefix, "https://[", "https://["],
])("answerHeaders() lets a location lead to %s", (_, of, location, expected) => {
  expect(rewritten({ location }, context(of))).toEqual({ location: expected });
});

test("answerHeaders() maps a location to public_url where there is one", () => {
  const publicUrl = { scheme: "https", host: "hooks.example.com", port: "8443" } as const;
  expect(rewritten({ location: "next" }, context(prefix, { publicUrl }))).toEqual({
    location: "https://hooks.example.com:8443/voice/next",
  });
});

test("answerHeaders() spells the route's path as this webhook's URL did", () => {
  const odd = routed("/{a}/*", "https://app.example.com/*");
  const typed = parseRawUrl("https://hooks.example.net/{a}/x");
  const normalised = parseRawUrl("https://hooks.example.net/%7Ba%7D/x");
  const locations = [typed, normalised].map((rawUrl) =>
    rewritten({ location: "/next" }, context(odd, rawUrl === undefined ? {} : { rawUrl })),
  );
  expect(locations).toEqual([
    { location: "https://hooks.example.net/{a}/next" },
    { location: "https://hooks.example.net/%7Ba%7D/next" },
  ]);
});

test("answerHeaders() keeps cookies apart", () => {
  expect(cookies(["a=1; Expires=Tue, 24 Nov 2026 12:00:00 GMT", "b=2; HttpOnly"])).toEqual([
    "a=1; Expires=Tue, 24 Nov 2026 12:00:00 GMT",
    "b=2; HttpOnly",
  ]);
});

test.each([
  ["a=1; Domain=app.example.com; Secure", "a=1; Secure"],
  ["a=1;domain=.example.com", "a=1"],
  ["a=1; Domain", "a=1"],
  ["a==; SameSite=None; Partitioned", "a==; SameSite=None; Partitioned"],
  ["a=domain=x", "a=domain=x"],
  ["__Host-a=1; Path=/; Secure", "__Host-a=1; Path=/; Secure"],
])("answerHeaders() makes the cookie %j %j", (cookie, expected) => {
  expect(cookies([cookie])).toEqual([expected]);
});

test.each<[RouteAndTarget, path: string, expected: string]>([
  [prefix, "/app/voice/menu", "/voice/menu"],
  [prefix, "/app/voice/", "/voice/"],
  [prefix, "/app/voice", "/voice"],
  [prefix, "/app", "/voice"],
  [prefix, "/elsewhere", "/voice"],
  [prefix, "/", "/"],
  [prefixToRoot, "/menu", "/voice/menu"],
  [rootToPrefix, "/app/x", "/x"],
  [rootToPrefix, "/app", "/"],
  [rootToPrefix, "/elsewhere", "/"],
  [exact, "/twilio/sms", "/sms"],
  [exact, "/twilio", "/sms"],
  [exact, "/", "/"],
])("answerHeaders() maps a cookie's path: %$", (of, path, expected) => {
  expect(cookies([`a=1; path=${path}; Secure`], of)[0]?.toLowerCase()).toBe(
    `a=1; path=${expected}; secure`,
  );
});

test.each(["a=1; Path", "a=1; Path=", "a=1; Path=relative"])(
  "answerHeaders() leaves %j alone: clients go by the request's own path there",
  (cookie) => {
    expect(cookies([cookie])).toEqual([cookie]);
  },
);

test.each(["=1", "1", "", "a=\t1", "a=1; X=\u000b"])(
  "answerHeaders() drops the cookie %j, for which Twilio would give up on the answer",
  (cookie) => {
    expect(cookies([cookie, "b=2"])).toEqual(["b=2"]);
  },
);

test("answerHeaders() leaves a fallback's redirect with the fallback and drops its cookies: the origin would get them", () => {
  const { target, route } = prefix;
  const of = { ...context({ target, route }), to: "fallback" } as const;
  const reply = {
    headers: new Headers({ location: `${target.base}${target.path}step2` }),
    setCookies: ["sid=1; Path=/"],
  };
  expect(answerHeaders(reply, of)).toEqual([["location", `${target.base}${target.path}step2`]]);
});
