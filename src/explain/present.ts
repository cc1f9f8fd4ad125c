import type { OriginConfig } from "../config/types.ts";
import { maskPath } from "../log/mask.ts";
import type { Explanation } from "./explain.ts";
import type { Change } from "./trial.ts";

/** What of a webhook would be needed to explain it, and is not in the log. */
export type NotKept = "digits" | "secret" | "body" | "whole_body" | "signature";

/** An explanation in the API's spelling. Whoever may read the log may read it; `words.ts` puts it into words. */
export interface ShownExplanation {
  readonly verdict: Explanation["verdict"] | "not_kept";
  /** Why it is refused; `null` where a change was found or nothing is wrong. */
  readonly reason: string | null;
  readonly change: Change | null;
  /** What differs: as it arrived and as it was signed. No value of a parameter, no query. */
  readonly from: string | null;
  readonly to: string | null;
  /** Scheme, host and port that were signed, as the setting takes them. */
  readonly public_url: string | null;
  /** The origin whose route takes it. */
  readonly origin: string | null;
  /** What to change, by its name in the configuration; `null` where that is elsewhere. */
  readonly setting: string | null;
  /** The name of the key that it is genuine by. */
  readonly key: string | null;
  readonly keys_tried: readonly string[];
  readonly signatures_checked: number;
  /** Whether there was more to try. */
  readonly cut_short: boolean;
  readonly not_kept: NotKept | null;
}

/** Of a stranger's own making. */
const MAX_CHARACTERS = 200;

const nothing = {
  reason: null,
  change: null,
  from: null,
  to: null,
  public_url: null,
  setting: null,
  key: null,
  keys_tried: [],
  signatures_checked: 0,
  cut_short: false,
  not_kept: null,
} as const;

/** Shows an explanation. */
export function presentExplanation(
  explanation: Explanation,
  origin: Pick<OriginConfig, "name"> | undefined,
): ShownExplanation {
  const { verdict } = explanation;
  const shown = { ...nothing, verdict, origin: origin?.name ?? null };
  switch (verdict) {
    case "accepted":
      return { ...shown, key: explanation.keyName };
    case "one_change": {
      const { change, from, to, keyName = null, signedUrl, checks } = explanation;
      return {
        ...shown,
        change,
        from: cut(from),
        to: cut(to),
        public_url: /^[^/]+\/\/[^/?#]*/.exec(signedUrl.replace(/^ws/, "http"))?.[0] ?? null,
        setting: settingFor(explanation, shown.origin ?? "<name>"),
        key: keyName,
        signatures_checked: checks,
      };
    }
    case "by_reason":
      return { ...shown, reason: explanation.reason, key: explanation.keyName ?? null };
    case "no_single_change": {
      const { reason, keysTried, checks, isCutShort } = explanation;
      const tried = { keys_tried: keysTried, signatures_checked: checks, cut_short: isCutShort };
      return { ...shown, ...tried, reason };
    }
  }
}

/** What can be said of a webhook that is not in the log whole: its reason, and what is not there. */
export function presentReason(reason: string, notKept: NotKept | undefined): ShownExplanation {
  const verdict = notKept === undefined ? "by_reason" : "not_kept";
  return { ...nothing, verdict, origin: null, reason, not_kept: notKept ?? null };
}

function settingFor(
  { change, from, to }: Extract<Explanation, { verdict: "one_change" }>,
  origin: string,
): string | null {
  if (change === "key")
    return from.startsWith("AC") ? `TWILIO_AUTH_TOKEN_${from}` : "TWILIO_AUTH_TOKEN";
  if (change === "key_algorithm") return "TWILIO_SIGNING_KEYS";
  const isBeforePath = change === "url_given" && pathOf(from) === pathOf(to);
  const isOfBase = ["public_url", "scheme", "port", "host"].includes(change);
  return isBeforePath || isOfBase ? `ORIGINS.${origin}.public_url` : null;
}

function pathOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/]*/, "");
}

function cut(text: string): string | null {
  return text === "" ? null : maskPath(text).slice(0, MAX_CHARACTERS);
}
