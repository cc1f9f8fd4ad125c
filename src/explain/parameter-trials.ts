import type { Parameters } from "../receive/webhook.ts";
import type { Change } from "./change.ts";
import type { Refusal, Trial } from "./trial.ts";

/** More parameters are not looked at one by one. */
const MAX_PARAMETERS = 40;

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
  const dotted = parameters.map(
    ([name, value]) => [name.replace(/^MessagingBinding_/, "MessagingBinding."), value] as const,
  );
  yield trial("values", "a . in names that became a _", dotted);

  const filled = parameters.filter(([, value]) => value !== "");
  if (filled.length < parameters.length) yield trial("parameter_added", "every empty one", filled);
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
