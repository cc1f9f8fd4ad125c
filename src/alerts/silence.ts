import type { SilenceRule } from "../config/alerts-types.ts";
import type { Finding } from "./rules.ts";
import { spanText } from "./words.ts";

/** What silence is told by. */
export interface Hearing {
  /** When Twilio was heard last, or listening began; epoch ms. */
  readonly heardAtMs: number;
  /** Since when the hours of the rule have gone on; `undefined` outside of them. */
  readonly openSinceMs: number | undefined;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/**
 * Takes in how long ago Twilio was heard.
 * @param quietMs Of each shard; `null` for one that has not heard it in the window.
 */
export function listen(
  { heardAtMs, openSinceMs }: Hearing,
  quietMs: readonly (number | null)[],
  rule: SilenceRule | undefined,
  nowMs: number,
): Hearing {
  const isOpen = rule !== undefined && isWithin(rule, nowMs);
  return {
    heardAtMs: Math.max(
      heardAtMs,
      ...quietMs.flatMap((each) => (each === null ? [] : [nowMs - each])),
    ),
    openSinceMs: isOpen ? (openSinceMs ?? nowMs) : undefined,
  };
}

/**
 * Whether it has been too quiet. A silence counts within the hours only: what was quiet all night is no news at
 * eight. What was said holds outside of them, until Twilio is heard again.
 */
export function findSilence(
  { heardAtMs, openSinceMs }: Hearing,
  rule: SilenceRule,
  nowMs: number,
): readonly Finding[] {
  const quietMs = nowMs - heardAtMs;
  const isBad = quietMs >= rule.afterMs;
  const isTooEarly = openSinceMs === undefined || nowMs - openSinceMs < rule.afterMs;
  if (isBad && isTooEarly) return [];
  return [
    {
      rule: "silence",
      subject: "",
      isBad,
      severity: "critical",
      text: isBad
        ? `no webhook of Twilio's for ${spanText(quietMs)}: so faults of DNS, of a WAF and of a used-up quota look`
        : "webhooks of Twilio's come in",
    },
  ];
}

/** Whether an instant is within the rule's hours and days, by its time zone. */
export function isWithin(rule: SilenceRule, nowMs: number): boolean {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: rule.timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(nowMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  const minute = Number(part("hour")) * 60 + Number(part("minute"));
  const day = part("weekday");
  const { fromMinute, toMinute, days } = rule;
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  // Over midnight: the hours after it belong to the day before.
  if (minute >= fromMinute) return days.includes(day);
  return minute < toMinute && days.includes(DAYS[(DAYS.indexOf(day) + 6) % 7] ?? "");
}
