import type { AnswerStore, Clock } from "../shared/ports.ts";
import { decodeAnswer, encodeAnswer } from "./answer-codec.ts";

const KEY_PREFIX = "answer/";
/** Never written: reading it shows whether KV answers. */
const HEALTH_KEY = "health";
/** After a quota error an isolate stops writing for so long, ms: the free plan's writes of a day are used up. */
const PAUSE_MS = 600_000;

// Shared by all requests of an isolate.
let pausedUntilMs = 0;

/** KV as the place where answers are kept for when the ledger cannot be asked. Fails open: no answer, nothing thrown. */
export function kvAnswers(namespace: KVNamespace, clock: Clock): AnswerStore {
  return {
    async get(claimKey) {
      try {
        const stored = await namespace.get(KEY_PREFIX + claimKey, "arrayBuffer");
        return stored === null ? undefined : decodeAnswer(stored);
      } catch {
        return undefined;
      }
    },
    async put(claimKey, stored, ttlSeconds) {
      if (clock.now() < pausedUntilMs) return false;
      try {
        await namespace.put(KEY_PREFIX + claimKey, encodeAnswer(stored), {
          expirationTtl: ttlSeconds,
        });
        return true;
      } catch (error) {
        if (isQuotaError(error)) pausedUntilMs = clock.now() + PAUSE_MS;
        return false;
      }
    },
    async delete(claimKey) {
      try {
        await namespace.delete(KEY_PREFIX + claimKey);
        return true;
      } catch {
        return false;
      }
    },
    async health() {
      const isWritingPaused = clock.now() < pausedUntilMs;
      try {
        await namespace.get(HEALTH_KEY, { type: "text" });
        return { isReachable: true, isWritingPaused };
      } catch {
        return { isReachable: false, isWritingPaused };
      }
    },
  };
}

/** "KV put() limit exceeded for the day." on the free plan; 429 for more than a write a second of one key. */
function isQuotaError(error: unknown): boolean {
  return error instanceof Error && /limit exceeded|\b429\b/i.test(error.message);
}
