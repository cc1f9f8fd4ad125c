import type { Change } from "./change.ts";

/** What of a webhook would be needed to explain it, and is not in the log. */
export type NotKept = "digits" | "secret" | "body" | "whole_body" | "signature";

/** An explanation in the API's spelling. Whoever may read the log may read it; `words.ts` puts it into words. */
export interface ShownExplanation {
  readonly verdict: "accepted" | "one_change" | "by_reason" | "no_single_change" | "not_kept";
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
  /** Names of auth tokens among them that have not the form of one. */
  readonly odd_keys: readonly string[];
  readonly signatures_checked: number;
  /** Whether there was more to try. */
  readonly cut_short: boolean;
  readonly not_kept: NotKept | null;
  /** Whether it was worked out just now, or when it was refused, since it is not kept whole. */
  readonly as_of: "now" | "refusal";
}
