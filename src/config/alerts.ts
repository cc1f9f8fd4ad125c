import { isTable, type Table } from "../shared/table.ts";
import { parseDestinations } from "./alert-destinations.ts";
import type { AlertRules, AlertsConfig } from "./alerts-types.ts";
import { defaults } from "./defaults.ts";
import type { Report } from "./report.ts";
import { type OpenTable, openTable, text, trueOrFalse, wholeNumber } from "./shapes.ts";
import { show } from "./show.ts";
import { parseSilence } from "./silence.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

const plainKeys = ["name", "log_url", "runbook_url", "window", "interval", "repeat"];
const destinationKeys = ["slack", "webhook", "pagerduty"];
/** Rules that are on or off, and no more. */
const switchKeys = [
  "breaker",
  "dead",
  "ledger",
  "configuration",
  "usage_trigger",
  "debugger",
  "twilio_fallback",
] as const;
const tableKeys = ["failing", "refusals", "budget", "backlog", "storage", "silence"];

const percent = wholeNumber(1, 100, "%");
const webhooks = wholeNumber(1, 1_000_000, "webhooks");
const minutes = wholeNumber(1, DAY_MINUTES, "minutes");

/**
 * Reads `ALERTS`: who is told, and of what. With one destination everything else has its default.
 *
 * What is wrong is reported, and the rest holds all the same: an alert that is missing does more harm than one
 * by a threshold that was not meant.
 *
 * @returns `undefined` where it is absent, or names nobody who can be told.
 */
export function parseAlerts(
  value: unknown,
  readSecret: (name: string) => unknown,
  report: Report,
): AlertsConfig | undefined {
  if (value === undefined) return undefined;
  const entries = typeof value === "string" ? parsed(value) : value;
  if (!isTable(entries)) {
    report.problem(
      `expected a table with slack, webhook or pagerduty, found ${typeof value === "string" ? "another text" : show(value)}`,
    );
    return undefined;
  }
  const keys = [...plainKeys, ...destinationKeys, ...switchKeys, ...tableKeys];
  const table = openTable(entries, keys, report);
  const destinations = parseDestinations(entries, readSecret, report);
  const isOneMeant = destinationKeys.some((key) => entries[key] !== undefined);
  if (!isOneMeant) {
    report.problem("expected slack, webhook or pagerduty, found none of them: nobody is told");
  }
  const repeat = table.optional(
    "repeat",
    wholeNumber(0, 7 * DAY_MINUTES, "minutes"),
    defaults.alerts.repeatMinutes,
  );
  const settings = {
    name: table.optional("name", text, defaults.alerts.name),
    logUrl: table.optional("log_url", text, undefined),
    runbookUrl: table.optional("runbook_url", text, defaults.alerts.runbookUrl),
    windowMs:
      MINUTE_MS *
      table.optional("window", wholeNumber(1, 60, "minutes"), defaults.alerts.windowMinutes),
    intervalMs: MINUTE_MS * table.optional("interval", minutes, defaults.alerts.intervalMinutes),
    repeatMs: repeat === 0 ? undefined : MINUTE_MS * repeat,
    rules: parseRules(entries, table, report),
  };
  return destinations.length === 0 ? undefined : { ...settings, destinations };
}

function parseRules(entries: Table, table: OpenTable, report: Report): AlertRules {
  const open = (rule: string, keys: readonly string[]): OpenTable | undefined =>
    openRule(entries[rule], keys, report.at(rule));
  const rate = (rule: "failing" | "refusals" | "budget", more: readonly string[] = []) => {
    const own = open(rule, ["percent", "at_least", ...more]);
    const otherwise = defaults.alerts[rule];
    return (
      own && {
        own,
        share: own.optional("percent", percent, otherwise.percent) / 100,
        atLeast: own.optional("at_least", webhooks, otherwise.atLeast),
      }
    );
  };
  const isOn = (rule: (typeof switchKeys)[number]): boolean =>
    table.optional(rule, trueOrFalse, true);
  const failing = rate("failing");
  const refusals = rate("refusals");
  const budget = rate("budget", ["used"]);
  const backlog = open("backlog", ["minutes"]);
  const storage = open("storage", ["warn", "full"]);
  return {
    failing: failing && { share: failing.share, atLeast: failing.atLeast },
    refusals: refusals && { share: refusals.share, atLeast: refusals.atLeast },
    budget: budget && {
      share: budget.share,
      atLeast: budget.atLeast,
      used: budget.own.optional("used", percent, defaults.alerts.budget.used) / 100,
    },
    backlogMs:
      backlog && MINUTE_MS * backlog.optional("minutes", minutes, defaults.alerts.backlogMinutes),
    storage: storage && {
      warn: storage.optional("warn", percent, defaults.alerts.storage.warn) / 100,
      full: storage.optional("full", percent, defaults.alerts.storage.full) / 100,
    },
    silence: parseSilence(entries["silence"], report.at("silence")),
    breaker: isOn("breaker"),
    dead: isOn("dead"),
    ledger: isOn("ledger"),
    configuration: isOn("configuration"),
    usage_trigger: isOn("usage_trigger"),
    debugger: isOn("debugger"),
    twilio_fallback: isOn("twilio_fallback"),
  };
}

/** A rule is on unless it is `false`; a table changes some of its numbers. */
function openRule(value: unknown, keys: readonly string[], report: Report): OpenTable | undefined {
  if (value === false) return undefined;
  if (value === undefined || value === true || isTable(value)) {
    return openTable(isTable(value) ? value : {}, keys, report);
  }
  report.problem(`expected false or a table with ${keys.join(", ")}, found ${show(value)}`);
  return openTable({}, keys, report);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
