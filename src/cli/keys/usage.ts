import type { Stats } from "../log/stats.ts";

/** How a key was used. */
export interface KeyUsage {
  /** Such as `TWILIO_AUTH_TOKEN#2`; never its value. */
  readonly name: string;
  /** Whether it is set now. */
  readonly isSet: boolean;
  /** How often it has matched in the span. */
  readonly count: number;
  /** The step that it matched in last and how long that is, within the span or before, ISO 8601; `undefined` for none. */
  readonly last: { readonly at: string; readonly seconds: number } | undefined;
}

/** Whether a key can be taken out of the configuration. */
export type Verdict =
  /** It has not matched, and others in its place have. */
  | { readonly kind: "unused"; readonly others: number }
  | { readonly kind: "used" }
  /** Nothing has matched in its place either: that says nothing about a key. */
  | { readonly kind: "no_webhooks" };

/**
 * Puts together how each key was used, in the order they are set; last those that are gone.
 *
 * @param span What was counted in the span that is asked for.
 * @param before The same for longer spans, each in longer steps: what a key has matched in last is looked for there.
 */
export function keyUsages(
  names: readonly string[],
  span: Stats,
  before: readonly Stats[],
): readonly KeyUsage[] {
  const counts = span.keys ?? {};
  const all = [span, ...before];
  const known = new Set(all.flatMap(({ keys = {} }) => Object.keys(keys)));
  const gone = [...known].filter((name) => !names.includes(name));
  return [...names, ...gone].map((name) => ({
    name,
    isSet: names.includes(name),
    count: counts[name] ?? 0,
    last: all.map((stats) => lastIn(stats, name)).find((last) => last !== undefined),
  }));
}

function lastIn({ points, stepSeconds }: Stats, name: string): KeyUsage["last"] {
  const point = points.findLast(({ keys }) => (keys[name] ?? 0) > 0);
  return point === undefined ? undefined : { at: point.at, seconds: stepSeconds };
}

/**
 * Decides whether a key can go, by what matched in the span: it has not, and others that can stand in for it
 * have, which are those of the same variable. Signing keys have no variable each: for these it is any key.
 */
export function verdictOn(name: string, usages: readonly KeyUsage[]): Verdict {
  const own = usages.find((usage) => usage.name === name)?.count ?? 0;
  if (own > 0) return { kind: "used" };
  const variable = variableOf(name);
  const others = usages
    .filter((usage) => usage.isSet && usage.name !== name)
    .filter((usage) => variable === undefined || variableOf(usage.name) === variable)
    .reduce((sum, { count }) => sum + count, 0);
  return others === 0 ? { kind: "no_webhooks" } : { kind: "unused", others };
}

/** `TWILIO_AUTH_TOKEN` of `TWILIO_AUTH_TOKEN#2`; `undefined` of a signing key. */
function variableOf(name: string): string | undefined {
  return /^(.+)#\d+$/.exec(name)?.[1];
}
