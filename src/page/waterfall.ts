import type { AttemptRow, Delivery } from "./api-types.ts";
import { spaced, type Tone } from "./words.ts";

/** How long Twilio waits for an answer, ms; of a few products less (README, "What to set on Twilio's side"). */
export const TWILIO_WAITS_MS = 15_000;

/** From here on the axis is Twilio's 15 s: below it nothing could be told apart on them. */
const WHOLE_AXIS_FROM_MS = 3_000;

/** So long a pause is drawn, ms; shorter ones are the runtime's own. */
const PAUSE_MS = 2;

/** One line of a waterfall. Instants are ms since receipt. */
export interface Bar {
  readonly label: string;
  readonly tone: Tone;
  /** Whether nothing was done but to wait. */
  readonly isWait: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly note: string;
}

/** What is drawn: bars from top to bottom, over an axis. */
export interface Waterfall {
  readonly bars: readonly Bar[];
  /** End of the axis, which begins at receipt, ms. */
  readonly endMs: number;
  readonly ticks: readonly number[];
  /** Where Twilio stops waiting; `undefined` where that is beyond the axis or does not matter any more. */
  readonly deadlineMs: number | undefined;
}

type Told = Pick<
  Delivery,
  | "outcome"
  | "received_at"
  | "duration_ms"
  | "http_status"
  | "dedupe"
  | "stages"
  | "attempts"
  | "next_attempt_at"
>;

/** Until Twilio had its answer. */
export function untilAnswer(delivery: Told): Waterfall {
  const attempts = timed(delivery).filter(({ startMs }) => startMs < delivery.duration_ms);
  const first = attempts[0]?.startMs ?? delivery.duration_ms;
  const bars: Bar[] = [...stageBars(delivery, first)];
  let endMs = first;
  for (const { attempt, startMs } of attempts) {
    if (startMs - endMs >= PAUSE_MS) bars.push(pause(endMs, startMs));
    endMs = Math.max(endMs, startMs + attempt.duration_ms);
    bars.push(attemptBar(attempt, startMs));
  }
  const isOver = delivery.outcome !== "running" && delivery.outcome !== "interrupted";
  if (isOver) {
    const tone = (delivery.http_status ?? 500) < 400 ? "good" : "bad";
    const answeredAt = delivery.duration_ms;
    bars.push(bar(`answer ${delivery.http_status ?? ""}`.trim(), tone, answeredAt, answeredAt));
  }
  return overAxis(bars, Math.max(endMs, delivery.duration_ms), true);
}

/** What came after the answer: attempts at a queued one, replays. `undefined` where nothing did. */
export function afterAnswer(delivery: Told): Waterfall | undefined {
  const attempts = timed(delivery).filter(({ startMs }) => startMs >= delivery.duration_ms);
  const nextMs =
    delivery.next_attempt_at === null ? undefined : since(delivery, delivery.next_attempt_at);
  if (attempts.length === 0 && nextMs === undefined) return undefined;
  const bars = attempts.map(({ attempt, startMs }) => attemptBar(attempt, startMs));
  if (nextMs !== undefined) bars.push(bar("next attempt", "info", nextMs, nextMs));
  return overAxis(bars, Math.max(...bars.map(({ endMs }) => endMs)), false);
}

/** Where a span stands on an axis, per cent; what has no length is still to be seen. */
export function placeOf(
  { startMs, endMs }: Pick<Bar, "startMs" | "endMs">,
  axisMs: number,
): { readonly left: number; readonly width: number } {
  const left = clamp((startMs / axisMs) * 100, 0, 100);
  return { left, width: clamp(((endMs - startMs) / axisMs) * 100, 0, 100 - left) };
}

/** Round numbers from 0 on, a handful of them, none beyond the end. */
export function ticksOf(endMs: number): readonly number[] {
  const step = niceStep(endMs / 5);
  return Array.from({ length: Math.floor(endMs / step + 1e-9) + 1 }, (_, index) => index * step);
}

function overAxis(bars: readonly Bar[], lastMs: number, isUntilAnswer: boolean): Waterfall {
  const isWhole = isUntilAnswer && lastMs >= WHOLE_AXIS_FROM_MS;
  const endMs = isWhole ? Math.max(TWILIO_WAITS_MS, lastMs) : niceEnd(lastMs);
  return { bars, endMs, ticks: ticksOf(endMs), deadlineMs: isWhole ? TWILIO_WAITS_MS : undefined };
}

/** What was done before the first attempt; as one bar where an older release has told no more. */
function stageBars(delivery: Told, endMs: number): readonly Bar[] {
  const { received_ms: received, verified_ms: verified, claimed_ms: claimed } = delivery.stages;
  if (received === null) return [bar("before the attempts", "info", 0, endMs)];
  const bars = [bar("receive", "info", 0, received)];
  if (verified !== null) bars.push(bar("verify", "info", received, verified));
  if (claimed !== null) bars.push(claimBar(delivery, verified ?? received, claimed));
  else if (isKept(delivery)) bars.push(bar("keep", "info", verified ?? received, endMs));
  return bars;
}

function claimBar({ dedupe }: Told, startMs: number, endMs: number): Bar {
  if (dedupe !== "waited") return bar("claim", "info", startMs, endMs);
  return { ...bar("wait for the first one", "mute", startMs, endMs), isWait: true };
}

/** Of a queued origin: what was done instead of claiming it. */
function isKept({ outcome }: Told): boolean {
  return outcome === "queued" || outcome === "delivered" || outcome === "dead";
}

function attemptBar(attempt: AttemptRow, startMs: number): Bar {
  const { number, to, result, status, replay } = attempt;
  const how = result === "usable" ? String(status ?? "") : (status ?? attempt.class ?? "failed");
  return {
    ...bar(
      `${replay === null ? "attempt" : "replay, attempt"} ${number} to the ${to}`,
      result === "usable" ? "good" : "bad",
      startMs,
      startMs + attempt.duration_ms,
    ),
    note: spaced(String(how)),
  };
}

function pause(startMs: number, endMs: number): Bar {
  return { ...bar("wait", "mute", startMs, endMs), isWait: true };
}

function bar(label: string, tone: Tone, startMs: number, endMs: number): Bar {
  return { label, tone, isWait: false, startMs, endMs: Math.max(startMs, endMs), note: "" };
}

function timed(
  delivery: Told,
): readonly { readonly attempt: AttemptRow; readonly startMs: number }[] {
  return delivery.attempts.map((attempt) => ({
    attempt,
    startMs: Math.max(0, since(delivery, attempt.started_at)),
  }));
}

function since({ received_at }: Told, at: string): number {
  return Date.parse(at) - Date.parse(received_at);
}

function niceEnd(ms: number): number {
  const step = niceStep(Math.max(ms, 5) / 5);
  return Math.ceil((ms * 1.02) / step) * step || step;
}

/** Steps that one counts in: 1, 2, 5 of ms and s; then of minutes, hours, days. */
function niceStep(ms: number): number {
  const steps = [
    ...[1, 10, 100, 1_000].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
    ...[10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((seconds) => seconds * 1_000),
    ...[1, 2, 3, 6, 12, 24, 48, 96, 168].map((hours) => hours * 3_600_000),
  ];
  return steps.find((step) => step >= ms) ?? Math.ceil(ms / 86_400_000) * 86_400_000;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
