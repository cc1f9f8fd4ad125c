import { countsOf, type Counted, type Tally } from "../ledger/tally.ts";
import type { Finding, Rule, Severity } from "./rules.ts";
import { countText } from "./words.ts";

/** What happens once, and is told whenever it has happened: it never is well again by itself. */
interface Event {
  readonly rule: Rule & ("dead" | "usage_trigger" | "debugger" | "twilio_fallback");
  readonly severity: Severity;
  /** Whether a count is one of it. */
  readonly isIt: (counted: Counted) => boolean;
  readonly text: (count: number) => string;
}

/**
 * The place for whatever else is to be told when it happens: count it in the ledger, by origin, under a
 * reason of its own, and name that here.
 */
const events: readonly Event[] = [
  {
    rule: "dead",
    severity: "error",
    isIt: ({ outcome }) => outcome === "dead",
    text: (count) => `${countText(count, "delivery", "deliveries")} given up on: look, then replay`,
  },
  {
    rule: "usage_trigger",
    severity: "warning",
    isIt: ({ reason }) => reason === "usage_trigger",
    text: (count) => `${countText(count, "usage trigger")} of Twilio's fired`,
  },
  {
    rule: "debugger",
    severity: "warning",
    isIt: ({ reason }) => reason === "debugger_error",
    text: (count) => `Twilio's Debugger reported ${countText(count, "error")}`,
  },
  {
    rule: "twilio_fallback",
    severity: "critical",
    isIt: ({ reason }) => reason === "twilio_fallback",
    text: (count) => `Twilio called its own fallback ${count === 1 ? "once" : `${count} times`}`,
  },
];

/** What has happened in a tally, by origin. Only what is bad: the rest goes by its time. */
export function findEvents(
  tally: Tally,
  isOn: (rule: Event["rule"]) => boolean,
): readonly Finding[] {
  const counts = countsOf(tally);
  return events
    .filter(({ rule }) => isOn(rule))
    .flatMap(({ rule, severity, isIt, text }) => {
      const byOrigin = Map.groupBy(counts.filter(isIt), ({ origin }) => origin);
      return [...byOrigin].map(([subject, found]) => ({
        rule,
        subject,
        isBad: true,
        isEvent: true,
        severity,
        text: text(found.reduce((sum, { count }) => sum + count, 0)),
      }));
    });
}
