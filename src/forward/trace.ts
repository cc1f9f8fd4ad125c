import type { Random } from "../shared/ports.ts";

/** The trace that a webhook belongs to: the same for all of its attempts. */
export interface Trace {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** Two hexadecimal digits; `01` is sampled. */
  readonly flags: string;
  /** Whether it came with the webhook; `tracestate` is passed on only then. */
  readonly isContinued: boolean;
}

/** Versions after `00` may only add to the end, and `ff` is none (W3C Trace Context §3.2.2). */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

/**
 * Continues the trace that a webhook came with, or begins one. One that begins here is marked as
 * sampled: marked otherwise, most origins would stop recording their own spans.
 *
 * @param received `traceparent` as received, chosen by whoever sent it; it is not signed.
 * @see https://www.w3.org/TR/trace-context/ read 2026-11.
 */
export function traceOf(received: string | null, random: Random): Trace {
  const [, version, traceId, flags, more] = TRACEPARENT.exec(received ?? "") ?? [];
  const isValid = version !== "00" || more === undefined;
  if (traceId !== undefined && flags !== undefined && isValid) {
    return { traceId, flags, isContinued: true };
  }
  return { traceId: hexadecimal(16, random), flags: "01", isContinued: false };
}

/** Makes the `traceparent` of one attempt, each with a parent id of its own. */
export function traceparent(trace: Trace, random: Random): string {
  return `00-${trace.traceId}-${hexadecimal(8, random)}-${trace.flags}`;
}

/** Of every byte, made once: two ids are made for each webhook. */
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Zero alone is not an id, so the last byte never is. */
function hexadecimal(bytes: number, random: Random): string {
  let text = "";
  for (let n = 1; n < bytes; n++) text += digits[Math.floor(random() * 256)] ?? "";
  return text + (digits[1 + Math.floor(random() * 255)] ?? "");
}
