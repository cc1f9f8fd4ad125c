import type { AnswerStored } from "./stored-answer.ts";

/** Twilio's own retries come within seconds; what comes later asks the ledger. */
const MAX_KEPT_MS = 60_000;
const MAX_ANSWERS = 1_000;
/** Larger ones are the ledger's, bytes. */
const MAX_ANSWER_BYTES = 4 * 1024;

/** The last answers that an isolate has given, by claim key. */
export interface RecentAnswers {
  get(claimKey: string, nowMs: number): AnswerStored | undefined;
  /** @param ttlSeconds As long as duplicates are answered with it, at most; here it is a minute, at most. */
  put(claimKey: string, stored: AnswerStored, ttlSeconds: number, nowMs: number): void;
  delete(claimKey: string): void;
}

/**
 * Makes a memory of answers, for the duplicates that meet the isolate which has just given one: no call to the
 * ledger, and an answer also while that is away. It holds only what stands in the ledger too, and a claim that
 * ended with an answer has that answer until its time is over; so what is said here is what the ledger would say.
 * At most some 4 MB.
 */
export function recentAnswers(): RecentAnswers {
  const kept = new Map<string, AnswerStored & { readonly untilMs: number }>();
  return {
    delete: (claimKey) => void kept.delete(claimKey),
    get: (claimKey, nowMs) => {
      const found = kept.get(claimKey);
      return found === undefined || found.untilMs <= nowMs ? undefined : found;
    },
    put: (claimKey, stored, ttlSeconds, nowMs) => {
      if (stored.answer.body.byteLength > MAX_ANSWER_BYTES) return;
      // Put in again at the end, so that the oldest are first.
      kept.delete(claimKey);
      kept.set(claimKey, {
        ...stored,
        untilMs: nowMs + Math.min(ttlSeconds * 1_000, MAX_KEPT_MS),
      });
      for (const [key, { untilMs }] of kept) {
        if (untilMs > nowMs && kept.size <= MAX_ANSWERS) break;
        kept.delete(key);
      }
    },
  };
}
