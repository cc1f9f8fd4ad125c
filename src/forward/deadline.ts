import type { OriginConfig } from "../config/types.ts";

/** The instants by which a webhook must be somewhere, epoch ms. */
export interface Deadlines {
  /** Twilio must have its answer. */
  readonly answerMs: number;
  /** The origin must have answered: what comes after is the fallback URL's. */
  readonly originMs: number;
}

/**
 * Works out a webhook's deadlines from its receipt and its origin's budget.
 * @param receivedAtMs Epoch ms.
 */
export function deadlinesOf({ target, fallback }: OriginConfig, receivedAtMs: number): Deadlines {
  const answerMs = receivedAtMs + target.overrides.budgetMs;
  const keptBackMs = fallback.kind === "url" ? fallback.target.overrides.budgetMs : 0;
  return { answerMs, originMs: answerMs - keptBackMs };
}
