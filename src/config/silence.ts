import { isTable } from "../shared/table.ts";
import type { SilenceRule } from "./alerts-types.ts";
import type { Report } from "./report.ts";
import { openTable, type Shape, wholeNumber } from "./shapes.ts";
import { show } from "./show.ts";

const MINUTE_MS = 60_000;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const hoursShape: Shape<string> = {
  expected: 'hours such as "08:00-18:30" ("22:00-06:00" is over midnight)',
  accepts: (value): value is string =>
    typeof value === "string" && HOURS.test(value) && value.slice(0, 5) !== value.slice(6),
};
const daysShape: Shape<readonly string[]> = {
  expected: 'a list of days such as ["Mon", "Tue"]',
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((day) => typeof day === "string" && DAYS.includes(day)),
};
const timeZoneShape: Shape<string> = {
  expected: 'a time zone such as "Europe/Berlin"',
  accepts: (value): value is string => typeof value === "string" && isTimeZone(value),
};

/**
 * Reads `silence`: after so many minutes without a webhook, within hours and days of a time zone. There is no
 * number that fits everybody, so it is off where it is not written.
 */
export function parseSilence(value: unknown, report: Report): SilenceRule | undefined {
  if (value === undefined || value === false) return undefined;
  if (!isTable(value)) {
    report.problem(`expected false or a table with minutes, found ${show(value)}`);
    return undefined;
  }
  const table = openTable(value, ["minutes", "hours", "days", "time_zone"], report);
  const minutes = table.required("minutes", wholeNumber(2, 10_080, "minutes"));
  const hours = table.optional("hours", hoursShape, "00:00-24:00");
  if (minutes === undefined) return undefined;
  return {
    afterMs: minutes * MINUTE_MS,
    fromMinute: minuteOf(hours.slice(0, 5)),
    toMinute: minuteOf(hours.slice(6)),
    days: table.optional("days", daysShape, DAYS),
    timeZone: table.optional("time_zone", timeZoneShape, "UTC"),
  };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
