import type { OriginConfig, Target } from "../config/types.ts";
import { calledUrl, urlText } from "../forward/public-url.ts";
import { originUrl } from "../forward/target-url.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { RawUrl } from "../receive/webhook.ts";
import { signedUrls } from "../verify/signed-url.ts";
import type { Change } from "./change.ts";
import type { Refusal, Trial } from "./trial.ts";

/** Where Twilio is often told to call a machine, or a proxy in front of one. */
const PORTS = ["443", "80", "8443", "8080", "8000", "3000", "5000", "8787"];
/** Headers in which a proxy says what it was called by. */
const HOST_HEADERS = ["x-forwarded-host", "x-original-host"];
/** More of a query, or of a path, are not looked at one by one. */
const MAX_PIECES = 20;

/** Changes of the URL, from the whole of it to its last part. */
export function* urlTrials(refusal: Refusal): Generator<Trial> {
  yield* partTrials(refusal);
  yield* otherUrlTrials(refusal);
  yield* webSocketTrials(refusal);
  yield* pathTrials(refusal);
  yield* leftInTrials(refusal);
  yield* queryTrials(refusal);
}

/** The texts that are signed for a URL, in all the spellings that verifying knows. */
export function urlsFor({ webhook, origin }: Refusal, rawUrl: RawUrl): readonly string[] {
  const route = origin && { route: origin.route, publicUrl: undefined };
  return signedUrls({ ...webhook, rawUrl }, route).map(({ url }) => url);
}

function* partTrials(refusal: Refusal): Generator<Trial> {
  const { called, webhook, config } = refusal;
  const trial = (change: Change, from: string, to: string, part: Partial<RawUrl>): Trial => ({
    change,
    urls: urlsFor(refusal, { ...called, ...part }),
    from,
    to,
  });
  const { scheme, port, host } = called;
  const other = scheme === "https" ? "http" : "https";
  yield trial("scheme", scheme, other, { scheme: other });

  const forwarded = webhook.headers.get("x-forwarded-port");
  for (const to of [...PORTS, ...(forwarded === null ? [] : [forwarded])]) {
    if (/^\d{1,5}$/.test(to)) yield trial("port", port ?? "none", to, { port: to });
  }
  const hosts = [
    ...spellingsOf(host),
    ...HOST_HEADERS.flatMap((name) => webhook.headers.get(name)?.split(",") ?? []),
    ...config.origins.flatMap(({ route }) => route.host ?? []),
  ];
  for (const text of hosts.slice(0, MAX_PIECES * 2)) {
    // What a proxy tells may have its port.
    const to = parseRawUrl(`https://${text.trim()}`);
    if (to === undefined || to.host === host) continue;
    yield trial("host", host, to.host, { host: to.host, port: to.port ?? port });
  }
}

function spellingsOf(host: string): readonly string[] {
  const small = host.toLowerCase();
  return [
    small,
    small.replace(/^./, (first) => first.toUpperCase()),
    small.replaceAll(/(^|[.-])./g, (start) => start.toUpperCase()),
    small.toUpperCase(),
    host.endsWith(".") ? host.slice(0, -1) : `${host}.`,
    host.startsWith("www.") ? host.slice(4) : `www.${host}`,
  ];
}

function* otherUrlTrials(refusal: Refusal): Generator<Trial> {
  const { called, webhook, origin, config, givenUrls } = refusal;
  const trial = (change: Change, from: string, url: RawUrl | undefined): Trial | undefined =>
    url && { change, urls: urlsFor(refusal, url), from, to: withoutQuery(url) };
  const given = givenUrls.map((url) => parseRawUrl(url));
  for (const url of given) {
    const asReceived = url && { ...url, query: url.query ?? called.query };
    yield* found(trial("url_given", withoutQuery(called), asReceived));
    yield* found(trial("url_given", withoutQuery(called), url));
  }
  const own = origin === undefined ? [] : [origin];
  const others = config.origins.filter((other) => other !== origin).slice(0, MAX_PIECES);
  for (const each of [...own, ...others]) {
    for (const target of targetsOf(each)) {
      const url = originUrl(target, each.route, webhook.rawUrl) ?? bareUrl(target, called);
      yield* found(trial("url_of_origin", each.name, parseRawUrl(url)));
    }
  }
  for (const { name, route, publicUrl } of others) {
    const elsewhere = calledUrl(webhook.rawUrl, publicUrl);
    if (publicUrl !== undefined) yield* found(trial("url_of_other", name, elsewhere));
    if (route.kind !== "exact") continue;
    yield* found(trial("url_of_other", name, { ...elsewhere, path: route.typedPath }));
  }
}

function targetsOf({ target, fallback }: OriginConfig): readonly Target[] {
  return fallback.kind === "url" ? [target, fallback.target] : [target];
}

/** Of an origin that does not take the path received: its own URL alone. */
function bareUrl({ base, path, query }: Target, { query: received }: RawUrl): string {
  const queries = [query, received].filter((each) => each !== undefined);
  return `${base}${path}${queries.length === 0 ? "" : `?${queries.join("&")}`}`;
}

function* webSocketTrials(refusal: Refusal): Generator<Trial> {
  const { webhook, called, query } = refusal;
  if (webhook.method !== "GET") return;
  const isWebSocketHandshake = !webhook.isWebSocketHandshake;
  const turned = { ...refusal, webhook: { ...webhook, isWebSocketHandshake } };
  yield { change: "websocket", urls: urlsFor(turned, called) };
  if (isWebSocketHandshake || called.query === undefined) return;
  const urls = urlsFor(refusal, { ...called, query: undefined });
  yield { change: "websocket", urls, parameters: query };
}

function* pathTrials(refusal: Refusal): Generator<Trial> {
  const { called } = refusal;
  const { path } = called;
  const trial = (change: Change, other: string): Trial => {
    const [from, to] = [withoutQuery(called), withoutQuery({ ...called, path: other })];
    return { change, urls: urlsFor(refusal, { ...called, path: other }), from, to };
  };
  if (path === "/") {
    // Only a root may stand there without its slash.
    const urls = urlsFor(refusal, called).map((url) => url.replace(/(?<=[^/:])\/(?=\?|$)/, ""));
    yield { change: "slash", urls, from: "/", to: "no path" };
  } else {
    yield trial("slash", path.endsWith("/") ? path.slice(0, -1) : `${path}/`);
  }
  for (const other of pathSpellings(path)) {
    if (other !== path && other !== "") yield trial("path_spelling", other);
  }
}

/** How a path may have been typed that URL normalisation, or a server in front, has written anew. */
function* pathSpellings(path: string): Generator<string> {
  const hex = path.match(/%[0-9a-f]{2}/gi) ?? [];
  if (hex.length > 0) {
    yield path.replaceAll(/%[0-9a-f]{2}/gi, (each) => each.toLowerCase());
    yield path.replaceAll(/%[0-9a-f]{2}/gi, (each) => each.toUpperCase());
    yield decoded(path);
    for (const each of new Set(hex)) yield path.replaceAll(each, decoded(each));
  }
  // What normalisation decodes, and what it encodes: https://developers.cloudflare.com/rules/normalization/how-it-works
  for (const mark of ["~", "-", "_", "."]) {
    const code = `%${mark.charCodeAt(0).toString(16)}`;
    yield path.replaceAll(mark, code.toUpperCase());
    yield path.replaceAll(mark, code);
  }
  for (const mark of ["@", ":", "+", "$", ",", "=", "!", "'", "(", ")", "*"]) {
    yield path.replaceAll(mark, `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  }
  yield path.replaceAll(/\/{2,}/g, "/");
  const segments = path.split("/").slice(0, MAX_PIECES);
  for (const at of segments.keys()) {
    const slashes = [...segments.slice(0, at + 1), "", ...segments.slice(at + 1)];
    yield slashes.join("/");
  }
}

/** Userinfo and fragment, which Twilio does not sign: in the URL as pasted, and in those given. */
function* leftInTrials({ webhook, givenUrls }: Refusal): Generator<Trial> {
  for (const url of [webhook.url, ...givenUrls]) {
    const whole = parseRawUrl(url);
    const [text, fragment] = url.split(/#(.*)/s);
    if (whole === undefined || text === undefined) continue;
    const to = withoutQuery(whole);
    if (/^\w+:\/\/[^/?#\\]*@/.test(url)) yield { change: "userinfo", urls: [text, url], to };
    if (fragment !== undefined)
      yield { change: "fragment", urls: [url, `${urlText(whole)}#${fragment}`], to };
  }
}

/** Of the text between pairs nothing is changed, but for what a transform changes. */
const QUERY_SPELLINGS: readonly (readonly [arrived: RegExp, signed: string])[] = [
  [/\+/g, "%20"],
  [/%20/g, "+"],
  [/%27/g, "'"],
  [/'/g, "%27"],
  [/%40/g, "@"],
  [/@/g, "%40"],
  [/%3a/gi, ":"],
  [/:/g, "%3A"],
  [/%2c/gi, ","],
  [/,/g, "%2C"],
  [/%2f/gi, "/"],
  [/\//g, "%2F"],
  [/%7e/gi, "~"],
  [/~/g, "%7E"],
  [/=(?=&|$)/g, ""],
];

function* queryTrials(refusal: Refusal): Generator<Trial> {
  const { called } = refusal;
  const { query } = called;
  const trial = (change: Change, other: string | undefined, name = ""): Trial => ({
    change,
    urls: urlsFor(refusal, { ...called, query: other }),
    from: name,
  });
  if (query === undefined) return yield trial("query_spelling", "");
  yield trial("query_missing", undefined);
  const hexInCase = (to: (hex: string) => string): string => query.replaceAll(/%[0-9a-f]{2}/gi, to);
  const spellings = [
    ...QUERY_SPELLINGS.map(([arrived, signed]) => query.replaceAll(arrived, signed)),
    hexInCase((hex) => hex.toLowerCase()),
    hexInCase((hex) => hex.toUpperCase()),
    query.replaceAll("%40", "@").replaceAll(/%3a/gi, ":"),
    decoded(query),
    decoded(query.replaceAll("+", " ")),
    new URLSearchParams(`?${query}`).toString(),
  ];
  for (const other of spellings) if (other !== query) yield trial("query_spelling", other);

  const pairs = query.split("&");
  if (pairs.length > MAX_PIECES) return;
  for (const [at, pair] of pairs.entries()) {
    const others = pairs.filter((_, other) => other !== at);
    const rest = others.length === 0 ? undefined : others.join("&");
    yield trial("query_added", rest, pair.split("=")[0]);
  }
  for (const order of orders(pairs)) yield trial("query_order", order.join("&"));
}

/** Each order of a few; of more the sorted and the turned one. */
function orders(pairs: readonly string[]): readonly (readonly string[])[] {
  if (pairs.length > 4) return [pairs.toSorted(), pairs.toReversed()];
  if (pairs.length < 2) return [pairs];
  return pairs.flatMap((first, at) =>
    orders(pairs.filter((_, other) => other !== at)).map((rest) => [first, ...rest]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL as it may be told: a query holds what is personal. */
export function withoutQuery(url: RawUrl): string {
  return urlText({ ...url, query: undefined });
}

function found<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
