import { defaults } from "./defaults.ts";
import { listOr, show } from "./show.ts";
import { didYouMean } from "./suggestions.ts";
import type { Overrides, RetryOn } from "./types.ts";

/** Twilio's ranges; all but `rc` in ms. */
const ranges = {
  ct: { min: 100, max: 10_000, unit: " (ms)" },
  rt: { min: 100, max: 15_000, unit: " (ms)" },
  tt: { min: 100, max: 15_000, unit: " (ms)" },
  rc: { min: 0, max: 5, unit: "" },
} as const;

const names = ["ct", "rt", "tt", "rc", "rp", "sni", "e"] as const;
const retryWords: readonly RetryOn[] = ["4xx", "5xx", "ct", "rt"];

const edges = "ashburn dublin frankfurt sao-paulo singapore sydney tokyo umatilla".split(" ");
const interconnectEdges = "ashburn-ix frankfurt-ix london-ix san-jose-ix singapore-ix".split(" ");
/** Edges that Twilio knows but does not send webhooks from. */
const clientEdges = ["roaming"];

/** What is valid and yet changes nothing here, and why. */
const withoutEffect: Readonly<Record<string, string>> = {
  ct: "Workers have no connect timeout of their own; rt and tt bound the whole attempt",
  sni: "Workers always send the host name",
  e: "Cloudflare chooses where a request leaves from",
};

/** What a fragment says, and what is wrong with it. */
export interface ParsedOverrides {
  /** Complete: what is absent or wrong has its default. */
  readonly overrides: Overrides;
  /** `expected …, found …`; empty when all is well. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads Twilio's connection overrides: `name=value` pairs joined by `&`.
 *
 * `ct`, `sni` and `e` are checked but have no effect, which a warning says. Where Twilio has an error
 * code of its own, the message names it. What Twilio does with an unknown name or a number out of
 * range is not documented; both are problems here.
 *
 * @param fragment What follows `#` in the URL, raw; `""` for none.
 * @param own.budgetMs `tt` where the fragment has none.
 * @returns Never throws.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides read 2026-11.
 * @see https://www.twilio.com/docs/api/errors/11240 to 11243, read 2026-11.
 */
export function parseOverrides(
  fragment: string,
  own: { readonly budgetMs: number },
): ParsedOverrides {
  const problems: string[] = [];
  const values = readPairs(fragment, problems);

  const numberOf = (name: keyof typeof ranges): number | undefined => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    const { min, max, unit } = ranges[name];
    const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    problems.push(
      `expected ${name} to be a whole number from ${min} to ${max}${unit}, found ${show(value)}`,
    );
    return undefined;
  };

  numberOf("ct");
  const overrides: Overrides = {
    budgetMs: numberOf("tt") ?? own.budgetMs,
    attemptTimeoutMs: numberOf("rt"),
    retries: numberOf("rc") ?? defaults.retries,
    retryOn: readRetryOn(values.get("rp"), problems),
  };
  checkSni(values.get("sni"), problems);
  checkEdges(values.get("e"), problems);
  const warnings = Object.entries(withoutEffect)
    .filter(([name]) => values.has(name))
    .map(([name, why]) => `${name} has no effect: ${why}`);
  return { overrides, problems, warnings };
}

function readPairs(fragment: string, problems: string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of fragment === "" ? [] : fragment.split("&")) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!names.some((known) => known === name)) {
      problems.push(
        `expected connection overrides named ${listOr(names)}, found ${show(name)}${didYouMean(name, names)}`,
      );
    } else if (equals < 0) {
      problems.push(`expected ${name}=…, found ${name} without a value`);
    } else if (values.has(name)) {
      problems.push(`expected ${name} once, found it again`);
    } else {
      values.set(name, pair.slice(equals + 1));
    }
  }
  return values;
}

function readRetryOn(value: string | undefined, problems: string[]): ReadonlySet<RetryOn> {
  if (value === undefined) return new Set(defaults.retryOn);
  const retryOn = new Set<RetryOn>();
  for (const found of value.split(",")) {
    const word = retryWords.find((known) => known === found);
    if (word !== undefined) {
      retryOn.add(word);
    } else if (found === "all") {
      for (const each of retryWords) retryOn.add(each);
    } else {
      problems.push(
        `expected rp to list ${listOr([...retryWords, "all"])}, found ${show(found)} (Twilio's error 11243)`,
      );
    }
  }
  return retryOn;
}

function checkSni(value: string | undefined, problems: string[]): void {
  if (value === undefined || value === "y" || value === "n") return;
  problems.push(`expected sni to be y or n, found ${show(value)}`);
}

function checkEdges(value: string | undefined, problems: string[]): void {
  for (const edge of value?.split(",") ?? []) {
    if (edges.includes(edge)) continue;
    const code = interconnectEdges.includes(edge)
      ? "11242: Interconnect is not allowed here"
      : clientEdges.includes(edge)
        ? "11241: no webhooks leave there"
        : "11240: edge unknown";
    problems.push(
      `expected e to list ${listOr(edges)}, found ${show(edge)} (Twilio's error ${code})`,
    );
  }
}
