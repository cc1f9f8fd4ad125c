import * as fc from "fast-check";
import { accountSid, encodeForm, type Fields } from "./sign.ts";
import { hashOf, type WebhookParts } from "./webhooks.ts";

/** Requests as Twilio sends them, and single changes to them, for property tests. */

/** What Twilio makes a webhook of. */
export interface Sent {
  readonly method: "GET" | "POST";
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number | undefined;
  /** Starts with `/`. */
  readonly path: string;
  /** Raw, without `?`. */
  readonly query: string | undefined;
  readonly content:
    | { readonly kind: "form"; readonly parameters: Fields }
    | { readonly kind: "hashed"; readonly type: string; readonly body: string }
    | { readonly kind: "none" };
  /** Where what Twilio signed differs from what arrives. */
  readonly signedAs: "received" | "without-port" | "default-port" | "apostrophe" | "sip";
}

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "From",
      "To",
      "Body",
      "ToCity",
      "MediaUrl1",
      "MediaUrl10",
      "9",
      "10",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("MessagingBinding.Address", "__proto__", "bodySHA256", "a", "A", ""),
  },
  { weight: 1, arbitrary: text },
);
const value = fc.oneof(
  text,
  fc.constantFrom(
    "",
    " ",
    " yes ",
    "+15005550001",
    "Forli'",
    "sip:a@b:5060",
    "Zoë 😀",
    "a&b=c",
    "?",
    "1\r\n2",
    "\uFEFF",
  ),
);
const parameters = fc
  .tuple(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.boolean())
  .map(([all, hasAccount]): Fields => (hasAccount ? [...all, ["AccountSid", accountSid]] : all));

const urlUnit = fc.constantFrom(
  "a",
  "Z",
  "0",
  "-",
  ".",
  "~",
  "_",
  "+",
  "'",
  "@",
  ":",
  "/",
  ";",
  "é",
  "|",
  "^",
  "[",
);
const escape = fc.constantFrom(
  "%20",
  "%2B",
  "%27",
  "%40",
  "%3A",
  "%3a",
  "%C3%A9",
  "%2f",
  "%7E",
  "%41",
  "%25",
  "%26",
);
const urlText = fc.string({ unit: fc.oneof(urlUnit, escape), maxLength: 6 });
const query = fc.oneof(
  fc.constantFrom(undefined, "", "&", "?"),
  fc
    .array(fc.tuple(urlText, fc.constantFrom("", "="), urlText), { minLength: 1, maxLength: 4 })
    .map((pairs) => pairs.map((pair) => pair.join("")).join("&")),
  parameters.map((all) => encodeForm(all.filter(([key]) => key !== "bodySHA256"))),
);

const json = fc.oneof(
  fc.constantFrom("{}", "[]", "not JSON", "\uFEFF{}", `[{"data":{"accountSid":"${accountSid}"}}]`),
  fc.json(),
);
const content: fc.Arbitrary<Sent["content"]> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("form" as const), parameters }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("hashed" as const),
      type: fc.constantFrom(
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
      ),
      body: json,
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "none" as const }) },
);

/** A genuine webhook of any kind. */
export const sent: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "POST"),
    scheme: fc.constantFrom("https", "https", "http"),
    host: fc.constantFrom("hooks.example.net", "a.b.example", "127.0.0.1", "[2001:db8::1]"),
    port: fc.constantFrom(undefined, undefined, 443, 80, 8443),
    path: urlText.map((rest) => `/${rest}`),
    query,
    content,
    signedAs: fc.constantFrom(
      "received",
      "received",
      "received",
      "without-port",
      "default-port",
      "apostrophe",
      "sip",
    ),
  })
  .map((parts): Sent => {
    if (parts.method === "GET") return { ...parts, content: { kind: "none" } };
    if (parts.signedAs === "apostrophe" || parts.signedAs === "sip")
      return { ...parts, signedAs: "received" };
    return parts;
  });

/** The request as it arrives, unsigned. */
export function wire(
  request: Sent,
): WebhookParts & { readonly url: string; readonly body: string } {
  const { method, content: of } = request;
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const url = urlOf(request);
  switch (of.kind) {
    case "form":
      return { method, url, body: encodeForm(of.parameters), headers: form };
    case "hashed":
      return {
        method,
        url: withHash(url, of.body),
        body: of.body,
        headers: { "content-type": of.type },
      };
    case "none":
      return { method, url, body: "", headers: method === "GET" ? {} : form };
  }
}

/** The URL that Twilio signed. */
export function signedUrlOf(request: Sent): string {
  const { signedAs, scheme, content: of } = request;
  const plainQuery = {
    apostrophe: request.query?.replaceAll("%27", "'"),
    sip: request.query?.replaceAll("%40", "@").replaceAll("%3A", ":").replaceAll("%3a", ":"),
  };
  const defaultPort = request.port ?? (scheme === "https" ? 443 : 80);
  const changed: Sent = {
    ...request,
    ...(signedAs === "without-port" ? { port: undefined } : {}),
    ...(signedAs === "default-port" ? { port: defaultPort } : {}),
    ...(signedAs === "apostrophe" || signedAs === "sip" ? { query: plainQuery[signedAs] } : {}),
  };
  return of.kind === "hashed" ? withHash(urlOf(changed), of.body) : urlOf(changed);
}

function urlOf({ scheme, host, port, path, query: search }: Sent): string {
  return `${scheme}://${host}${port === undefined ? "" : `:${port}`}${path}${search === undefined ? "" : `?${search}`}`;
}

function withHash(url: string, body: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}bodySHA256=${hashOf(body)}`;
}

/** A signed request under way, which somebody may change. */
export interface InFlight {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly signature: string;
  /** Whether it is checked with the token that it was signed with. */
  readonly isOwnToken: boolean;
}

/** A change to a request under way; it may turn out to change nothing. */
export type Mutation = (request: InFlight) => InFlight;

const byte = fc.nat(255).map((code) => String.fromCharCode(code));
const base64 = fc.constantFrom("A", "B", "z", "9", "+", "/", "=", "-", "_", " ", ",");

/** Replaces, inserts or deletes one character. */
function edit(characters: fc.Arbitrary<string>): fc.Arbitrary<(before: string) => string> {
  return fc
    .tuple(fc.nat(), characters, fc.constantFrom("replace", "insert", "delete"))
    .map(([at, character, kind]) => (before) => {
      const index = at % (before.length + 1);
      const rest = before.slice(kind === "insert" ? index : index + 1);
      return before.slice(0, index) + (kind === "delete" ? "" : character) + rest;
    });
}

/** Changes the parameters and writes them anew. */
const parametersEdit = fc.oneof(
  fc.tuple(name, value).map((added) => (all: Fields): Fields => [...all, added]),
  fc.nat().map(
    (at) =>
      (all: Fields): Fields =>
        all.filter((_, index) => index !== at % all.length),
  ),
  fc.nat().map((at) => (all: Fields): Fields => [
    ...all,
    ...all.slice(at % (all.length + 1)).slice(0, 1),
  ]),
  fc.constant((all: Fields): Fields => all.map(([key, text_]) => [key, text_.trim()])),
  fc.constant((all: Fields): Fields => all.toReversed()),
  fc.constant((all: Fields): Fields => all.map(([key, text_]) => [text_, key])),
  fc.constant((all: Fields): Fields => all.map(([key, text_]) => [key, text_.normalize("NFD")])),
);

function changeBody(change: (before: string) => string): Mutation {
  return (request) => ({
    ...request,
    body: Buffer.from(change(request.body.toString("latin1")), "latin1"),
  });
}

/** Changes what follows the host. */
function changeRest(change: (before: string) => string): Mutation {
  return (request) => {
    const start = request.url.indexOf("/", "https://".length);
    return {
      ...request,
      url: `${request.url.slice(0, start)}/${change(request.url.slice(start + 1))}`,
    };
  };
}

function changeParameters(change: (before: Fields) => Fields): Mutation {
  return changeBody((before) =>
    encodeForm(change([...new URLSearchParams(`?${Buffer.from(before, "latin1").toString()}`)])),
  );
}

/** Any single change. Blanks around a header are left out: they are HTTP's and reach no application. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: edit(byte).map(changeBody) },
  {
    weight: 4,
    arbitrary: edit(fc.oneof(urlUnit, escape, fc.constantFrom("?", "&", "=", "\\"))).map(
      changeRest,
    ),
  },
  { weight: 3, arbitrary: parametersEdit.map(changeParameters) },
  edit(base64).map((change): Mutation => (request) => ({
    ...request,
    signature: change(request.signature).trim(),
  })),
  fc.constantFrom<Mutation[]>(
    (request) => ({ ...request, isOwnToken: false }),
    (request) => ({ ...request, method: request.method === "GET" ? "POST" : "GET" }),
    (request) => ({ ...request, body: Buffer.alloc(0) }),
    (request) => ({ ...request, contentType: "application/json" }),
    (request) => ({ ...request, contentType: "application/x-www-form-urlencoded" }),
    (request) => ({
      ...request,
      url: request.url.replace(/^https?/, (scheme) => (scheme === "http" ? "https" : "http")),
    }),
    (request) => ({ ...request, url: request.url.replace(/:\/\/[^/]*/, "://evil.example") }),
    (request) => ({
      ...request,
      url: request.url.replace(/^(https?:\/\/[^/]*?)(:\d+)?\//, "$1:8443/"),
    }),
    changeRest((rest) => rest.toLowerCase()),
    changeRest((rest) => rest.toUpperCase()),
    changeRest((rest) => rest.replaceAll("+", "%20")),
    changeRest((rest) => `./${rest}`),
    changeBody((body) => `${body}&`),
    changeBody((body) => body.replaceAll("+", "%20")),
  ),
);
