import { isForm, parseForm } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { isTable } from "../shared/table.ts";
import { utf8 } from "../shared/utf8.ts";
import { hashOf } from "../verify/body-hash.ts";
import type { Change } from "./change.ts";
import type { Refusal, Trial } from "./trial.ts";
import { urlsFor } from "./url-trials.ts";

/** More parameters are not looked at one by one. */
const MAX_PARAMETERS = 40;

/** Other ways in which a signature may cover the body than the one that its type and its URL tell. */
export async function* coverageTrials(refusal: Refusal): AsyncGenerator<Trial> {
  const { webhook, called, urls, parameters, query } = refusal;
  const { body, headers } = webhook;
  if (parameters.length > 0) yield { change: "parameters_unsigned", urls, parameters: [] };
  if (body.length > 0) {
    const flat = fieldsOf(body);
    if (flat !== undefined) yield { change: "form_as_json", urls, parameters: flat };
    if (parameters.length === 0) yield { change: "form_type", urls, parameters: parseForm(body) };
    if (!query.some(([name]) => name === "bodySHA256")) {
      const hash = `bodySHA256=${await hashOf(body)}`;
      const other = called.query === undefined ? hash : `${called.query}&${hash}`;
      const hashed = urlsFor(refusal, { ...called, query: other });
      yield { change: "hash_dropped", urls: hashed, parameters: [] };
    }
    if (isForm(headers)) {
      const text = new TextDecoder().decode(body);
      const other = called.query === undefined ? text : `${called.query}&${text}`;
      const asGet = { ...refusal, webhook: { ...webhook, method: "GET" as const } };
      yield { change: "method", urls: urlsFor(asGet, { ...called, query: other }), parameters: [] };
    }
  } else if (called.query !== undefined) {
    const bare = urlsFor(refusal, { ...called, query: undefined });
    yield { change: "method", urls: bare, parameters: query };
  }
}

/** A flat JSON object, which a form may have been turned into. */
function fieldsOf(body: Uint8Array): Parameters | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isTable(value)) return undefined;
    return Object.entries(value).map(([name, field]) => [name, fieldText(field)]);
  } catch {
    return undefined;
  }
}

function fieldText(field: unknown): string {
  return typeof field === "string" ? field : field === null ? "" : JSON.stringify(field);
}

/** What frameworks and filters do to every value, turned round: from the value received to the one signed. */
const TRANSFORMS: readonly (readonly [what: string, signed: (value: string) => string])[] = [
  ["white space at its ends", (value) => value.trim()],
  ["a + that became a space", (value) => value.replace(/^ (?=\d)/, "+")],
  ["a + that became a space", (value) => value.replaceAll(" ", "+")],
  ["a space that became a +", (value) => value.replaceAll("+", " ")],
  ["percent-encoding, done twice", unescaped],
  ["percent-encoding, undone twice", (value) => encodeURIComponent(value)],
  ["HTML escapes", withoutEntities],
  ["the line ends", (value) => value.replaceAll("\r\n", "\n")],
  ["the line ends", (value) => value.replaceAll(/\r?\n/g, "\r\n")],
  ["its Unicode form", (value) => value.normalize("NFC")],
  ["its Unicode form", (value) => value.normalize("NFD")],
  ["its character set", readAsUtf8],
  ["null for nothing", (value) => (/^(null|undefined|none)$/i.test(value) ? "" : value)],
];

/** What may be set around a value and be trimmed. */
const WHITE_SPACE = [
  ["", " "],
  ["", "\n"],
  [" ", ""],
  ["", "\r\n"],
  [" ", " "],
  ["", "  "],
] as const;

/** Changes of a form's parameters: of all at once, then of one. */
export function* parameterTrials({ parameters, likelyUrls: urls }: Refusal): Generator<Trial> {
  if (parameters.length === 0) return;
  const trial = (change: Change, from: string, signed: Parameters): Trial => ({
    change,
    urls,
    parameters: signed,
    from,
  });
  for (const [what, signed] of TRANSFORMS) {
    const others = parameters.map(([name, value]) => [name, signed(value)] as const);
    if (others.some(([, value], at) => value !== parameters[at]?.[1]))
      yield trial("values", what, others);
  }
  const filled = parameters.filter(([, value]) => value !== "");
  if (filled.length < parameters.length) yield trial("parameter_added", "every empty one", filled);
  const dotted = parameters.map(
    ([name, value]) => [name.replace(/^MessagingBinding_/, "MessagingBinding."), value] as const,
  );
  yield trial("values", "a . in names that became a _", dotted);

  const few = parameters.slice(0, MAX_PARAMETERS);
  for (const [at, [name]] of few.entries()) {
    yield trial(
      "parameter_added",
      name,
      parameters.filter((_, other) => other !== at),
    );
  }
  for (const names of missing(parameters)) {
    yield trial("parameter_missing", names.join(", "), [
      ...parameters,
      ...names.map((name) => [name, ""] as const),
    ]);
  }
  const replaced = (at: number, value: string): Parameters =>
    parameters.map((each, other) => (other === at ? [each[0], value] : each));
  for (const [before, after] of WHITE_SPACE) {
    for (const [at, [name, value]] of few.entries())
      if (value !== "")
        yield trial("parameter_trimmed", name, replaced(at, before + value + after));
  }
  for (const [at, [name, value]] of few.entries()) {
    if (value !== "") yield trial("parameter_emptied", name, replaced(at, ""));
  }
}

/** Sets of parameters that Twilio often sends empty, and that may so have been dropped. */
function missing(parameters: Parameters): readonly (readonly string[])[] {
  const names = new Set(parameters.map(([name]) => name));
  const families = ["From", "To", "Caller", "Called"].filter((side) => names.has(side));
  const places = families.map((side) =>
    ["City", "State", "Zip", "Country"].map((place) => side + place),
  );
  const isAbsent = (name: string): boolean => !names.has(name);
  const absent = [...places.flat(), "Body", "CallerName"].filter(isAbsent);
  const inPlaces = absent.filter((name) => /(City|State|Zip|Country)$/.test(name));
  // Each set of a few; of more each alone, each side's, and all.
  if (inPlaces.length <= 5)
    return [
      ...subsets(inPlaces),
      ...absent.filter((name) => !inPlaces.includes(name)).map((name) => [name]),
    ];
  const bySide = places.map((side) => side.filter(isAbsent));
  const byPlace = ["City", "State", "Zip", "Country"].map((place) =>
    inPlaces.filter((name) => name.endsWith(place)),
  );
  return [...absent.map((name) => [name]), inPlaces, ...bySide, ...byPlace];
}

function subsets(names: readonly string[]): readonly (readonly string[])[] {
  const sets = names.reduce<readonly (readonly string[])[]>(
    (all, name) => [...all, ...all.map((set) => [...set, name])],
    [[]],
  );
  return sets.slice(1);
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}

function withoutEntities(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&#039;": "'",
    "&#x27;": "'",
    "&amp;": "&",
  };
  return value.replaceAll(/&(?:lt|gt|quot|#0?39|#x27|amp);/g, (each) => entities[each] ?? each);
}

/** UTF-8 that was taken for Latin-1 is one character a byte. */
function readAsUtf8(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value) || /[\u0100-\uffff]/.test(value)) return value;
  return new TextDecoder().decode(Uint8Array.from(value, (character) => character.charCodeAt(0)));
}

/** Bodies that the one received may have been made of, by how it was written anew. */
export function bodiesBefore(
  body: Uint8Array,
): readonly (readonly [what: string, body: Uint8Array<ArrayBuffer>])[] {
  const text = new TextDecoder().decode(body);
  const written = [
    ["white space around it", text.trim()],
    ["a line end behind it", `${text}\n`],
    ["a byte order mark before it", `\ufeff${text}`],
    ["an empty body became {}", ""],
    ...rewritten(text),
  ] as const;
  return written.map(([what, other]) => [what, utf8(other)]);
}

function rewritten(text: string): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(text);
    const compact = JSON.stringify(value);
    return [
      compact,
      JSON.stringify(value, undefined, 2),
      JSON.stringify(value, undefined, 4),
      compact.replaceAll(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
      compact.replaceAll("/", "\\/"),
      spaced(value),
    ].map((other) => ["JSON that was parsed and written anew", other]);
  } catch {
    return [];
  }
}

/** As Python's `json.dumps` writes it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`,
  );
  return `{${fields.join(", ")}}`;
}
