import type { Measured } from "../ledger/protocol.ts";

/** What an alert needs to know of an origin. */
export interface WatchedOrigin {
  readonly name: string;
  /** What Twilio is answered in, ms; `undefined` where it is acknowledged at once. */
  readonly budgetMs: number | undefined;
}

/** What was measured, and of what. */
export interface Measurement {
  /** By shard; `undefined` for one that cannot be reached. */
  readonly shards: readonly (Measured | undefined)[];
  readonly origins: readonly WatchedOrigin[];
  /** Keys of the configuration that something is wrong with. */
  readonly problemKeys: readonly string[];
  readonly windowMs: number;
}
