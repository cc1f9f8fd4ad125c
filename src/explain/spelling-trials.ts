import type { Change } from "./change.ts";
import type { Refusal, Trial } from "./trial.ts";
import { urlsFor, withoutQuery } from "./urls.ts";

/** More of a query, or of a path, are not looked at one by one. */
const MAX_PIECES = 20;

/** A path with its slash or without, and as somebody may have typed it. */
export function* pathTrials(refusal: Refusal): Generator<Trial> {
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
    for (const each of [...new Set(hex)].slice(0, MAX_PIECES))
      yield path.replaceAll(each, decoded(each));
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
  const segments = path.split("/");
  for (let at = 1; at < Math.min(segments.length, MAX_PIECES); at++)
    yield segments.toSpliced(at, 0, "").join("/");
}

/** What parsing a query and writing it anew changes, turned round. */
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

/** A query that is not there, in other words or another order, or without a pair of it. */
export function* queryTrials(refusal: Refusal): Generator<Trial> {
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
