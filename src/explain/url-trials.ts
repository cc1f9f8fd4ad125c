import type { OriginConfig, ReportOrigin, Target } from "../config/types.ts";
import { calledUrl, urlText } from "../forward/public-url.ts";
import { originUrl } from "../forward/target-url.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import type { RawUrl } from "../receive/webhook.ts";
import type { Change } from "./change.ts";
import { pathTrials, queryTrials } from "./spelling-trials.ts";
import type { Refusal, Trial } from "./trial.ts";
import { urlsFor, withoutQuery } from "./urls.ts";

/** Where Twilio is often told to call a machine, or a proxy in front of one. */
const PORTS = ["443", "80", "8443", "8080", "8000", "3000", "5000", "8787"];
/** Headers in which a proxy says what it was called by. */
const HOST_HEADERS = ["x-forwarded-host", "x-original-host"];
/** More origins, or hosts of each kind, are not looked at. */
const MAX_OTHERS = 20;

/** Changes of the URL, from the whole of it to its last part. */
export function* urlTrials(refusal: Refusal): Generator<Trial> {
  yield* partTrials(refusal);
  yield* otherUrlTrials(refusal);
  yield* webSocketTrials(refusal);
  yield* pathTrials(refusal);
  yield* leftInTrials(refusal);
  yield* queryTrials(refusal);
}

function* partTrials(refusal: Refusal): Generator<Trial> {
  const { called, webhook } = refusal;
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
  for (const to of spellingsOf(host)) {
    if (to !== host) yield trial("host", host, to, { host: to });
  }
  for (const to of otherHosts(refusal)) {
    const authority = { host: to.host, port: to.port ?? port };
    // Whoever tells the host that was called tells the scheme as well: together they are one URL.
    const proto = webhook.headers.get("x-forwarded-proto")?.toLowerCase();
    yield trial("host", host, to.host, authority);
    if (proto === "https" || proto === "http")
      yield trial("host", host, to.host, { ...authority, scheme: proto });
  }
}

/** What a proxy says that was called, which may have its port, and what the configuration names. */
function otherHosts({ webhook, config }: Refusal): readonly RawUrl[] {
  const told = HOST_HEADERS.flatMap((name) => webhook.headers.get(name)?.split(",") ?? []);
  const hosts = [
    ...told.slice(0, MAX_OTHERS),
    ...[...config.origins, ...config.reportOrigins].flatMap(({ route }) => route.host ?? []),
  ];
  return hosts
    .slice(0, 2 * MAX_OTHERS)
    .flatMap((text) => found(parseRawUrl(`https://${text.trim()}`)));
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
  const others = [...config.origins, ...config.reportOrigins]
    .filter((other) => other !== origin)
    .slice(0, MAX_OTHERS);
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

function targetsOf(origin: OriginConfig | ReportOrigin): readonly Target[] {
  if (!("target" in origin)) return [];
  const { target, fallback } = origin;
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

function found<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
