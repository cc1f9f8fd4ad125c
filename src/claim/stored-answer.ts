import type { Answer } from "../check/answer-types.ts";

/** An answer as the ledger and KV keep it for duplicates. */
export interface AnswerStored {
  readonly answer: Answer;
  /** The delivery that got it from the origin. */
  readonly deliveryId: string;
}
