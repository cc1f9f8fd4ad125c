import type { Config, OriginConfig, ReportOrigin } from "../config/types.ts";
import type { Parameters, RawUrl, ReceivedWebhook } from "../receive/webhook.ts";
import type { Key } from "../verify/keys.ts";
import type { Change } from "./change.ts";

/** A webhook that was refused, and what it may be explained by. Its sender chose every part of it. */
export interface Refused {
  /** `url` may hold userinfo and a fragment, where somebody has pasted it. */
  readonly webhook: ReceivedWebhook;
  /** The origin whose route takes it; `undefined` when none does. */
  readonly origin: OriginConfig | ReportOrigin | undefined;
  readonly config: Pick<Config, "origins" | "reportOrigins" | "keys">;
  /** URLs that Twilio may have been given, as typed. */
  readonly givenUrls: readonly string[];
}

/** The same, taken apart once. */
export interface Refusal extends Refused {
  /** The URL that Twilio called, as far as `public_url` tells. */
  readonly called: RawUrl;
  /** The URLs that were tried when it was refused. */
  readonly urls: readonly string[];
  /** The likeliest of them: those that a change of the parameters is tried with. */
  readonly likelyUrls: readonly string[];
  /** Names and values of the query. */
  readonly query: Parameters;
  /** The account that it names, or words for none. */
  readonly accountSid: string;
  /** What follows the URL in the signed text; empty but for forms. */
  readonly parameters: Parameters;
  /** The keys that it was checked with. */
  readonly keys: readonly Key[];
  /** Every other key whose signatures are of this length. */
  readonly otherKeys: readonly Key[];
}

/** The request as it may have been signed: like the one received but for one change. */
export interface Trial {
  readonly change: Change;
  /** Exact texts. */
  readonly urls: readonly string[];
  /** What follows the URL; what was received unless said. */
  readonly parameters?: Parameters;
  /** The keys to try; those that it was checked with unless said. */
  readonly keys?: readonly Key[];
  /** What differs, for the words: as it arrived and as it was signed. Never a value of a parameter. */
  readonly from?: string;
  readonly to?: string;
}
