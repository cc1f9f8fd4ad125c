import type { DeliveryRecord } from "../ledger/delivery.ts";
import { maskPath } from "./mask.ts";

/** One line on the console for each webhook. No body, parameter, query string or key is ever in it. */
export interface LogLine {
  readonly deliveryId: string | undefined;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly origin: string | undefined;
  readonly accountSid: string | undefined;
  readonly method: string;
  /** Raw but for long runs of digits, cut at 200 characters. */
  readonly path: string;
  readonly status: number;
  /** From receipt to the answer. */
  readonly durationMs: number;
  readonly attempts: number;
  readonly errorCode: number | undefined;
  readonly dedupe: string | undefined;
  /** Twilio had gone before there was an answer. */
  readonly hasHungUp: boolean;
}

const MAX_PATH_CHARACTERS = 200;

/** The console's line of a record. */
export function logLine(record: DeliveryRecord): LogLine {
  return {
    deliveryId: record.id,
    outcome: record.outcome,
    reason: record.reason,
    origin: record.origin,
    accountSid: record.accountSid,
    method: record.request.method,
    path: maskPath(record.request.path).slice(0, MAX_PATH_CHARACTERS),
    status: record.httpStatus,
    durationMs: record.durationMs,
    attempts: record.attempts.length,
    errorCode: record.errorCode,
    dedupe: record.dedupe,
    hasHungUp: record.hasHungUp,
  };
}
