import type { OriginConfig } from "../config/types.ts";
import { maskPath } from "../log/mask.ts";
import type { Explanation } from "./explain.ts";
import type { NotKept, ShownExplanation } from "./shown.ts";

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
  odd_keys: [],
  signatures_checked: 0,
  cut_short: false,
  not_kept: null,
  as_of: "now",
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
      const { reason, keysTried, oddKeys, checks, isCutShort } = explanation;
      return {
        ...shown,
        reason,
        keys_tried: keysTried,
        odd_keys: oddKeys,
        signatures_checked: checks,
        cut_short: isCutShort,
      };
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
