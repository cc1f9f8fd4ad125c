import type { Table } from "../../shared/table.ts";
import { countOf } from "../read-table.ts";

/** What was erased, and what is left. */
export interface Erased {
  readonly erased: number;
  /** What runs, or is still to be delivered, and stays. */
  readonly underWay: number;
  /** Whether nothing is left but what is under way. */
  readonly isComplete: boolean;
  /** Answers that KV would not delete; they go when `dedupe.ttl` is over. */
  readonly kvLeft: number;
}

/** Reads the answer to `POST /_log/erase`; `undefined` when it has another form. */
export function readErased(answer: Table): Erased | undefined {
  const [erased, underWay, kvLeft] = [answer["erased"], answer["under_way"], answer["kv_left"]].map(
    countOf,
  );
  const { complete } = answer;
  if (erased === undefined || underWay === undefined || kvLeft === undefined) return undefined;
  return typeof complete === "boolean"
    ? { erased, underWay, isComplete: complete, kvLeft }
    : undefined;
}

/** What came of it, in a line each. */
export function erasedText(
  { erased, underWay, isComplete, kvLeft }: Erased,
  subject: string,
): string {
  return [
    `erased ${erased} ${erased === 1 ? "delivery" : "deliveries"} about ${subject}`,
    ...(isComplete ? [] : ["there is more: erase again"]),
    ...(underWay === 0
      ? []
      : [`${underWay} run or are still to be delivered, and stay: erase again when they are over`]),
    ...(kvLeft === 0
      ? []
      : [`${kvLeft} answers could not be deleted from KV: they go when dedupe.ttl is over`]),
  ].join("\n");
}
