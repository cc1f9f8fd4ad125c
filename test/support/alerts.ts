import type { Measured } from "../../src/ledger/protocol.ts";
import { parseAlerts } from "../../src/config/alerts.ts";
import type { AlertsConfig } from "../../src/config/alerts-types.ts";
import { openReport, type Findings } from "../../src/config/report.ts";
import { evaluate, firstState, type AlertState, type Notice } from "../../src/alerts/evaluate.ts";
import type { Measurement } from "../../src/alerts/measurement.ts";
import { settle, take } from "../../src/alerts/outbox.ts";
import {
  emptyTally,
  tallyOf as tallyOfAll,
  type Counted,
  type Tally,
} from "../../src/ledger/tally.ts";

/** Not secrets of anybody's. */
export const slackUrl = "https://hooks.slack.example/services/T0/B0/the-secret-path";
/** The one of Standard Webhooks' own test vector. */
export const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const routingKey = "0123456789abcdef0123456789abcdeg";

/** A configuration of alerts as written, and what is wrong with it. */
export function readAlerts(
  written: unknown,
  secrets: Readonly<Record<string, unknown>> = {},
): { readonly config: AlertsConfig | undefined; readonly problems: Findings["problems"] } {
  const findings: Findings = { problems: [], warnings: [], notes: [] };
  const place = {
    key: "ALERTS",
    concerns: { kind: "alerts" },
    absentSecrets: "problem",
  } as const;
  const config = parseAlerts(written, (name) => secrets[name], openReport(findings, place));
  return { config, problems: findings.problems };
}

/** The same, where nothing may be wrong. */
export function alertsConfig(written: Readonly<Record<string, unknown>> = {}): AlertsConfig {
  const { config, problems } = readAlerts({ slack: slackUrl, ...written });
  if (config === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return config;
}

type SomeCounted = Partial<Counted> & Pick<Counted, "outcome">;

/** Counts as a ledger object has them. */
export function tallyOf(...counted: readonly SomeCounted[]): Tally {
  return tallyOfAll(counted.map((each) => ({ origin: "sms", reason: "", count: 1, ...each })));
}

/** So many answers, each after so long. */
export function answers(count: number, totalMs = 40): SomeCounted {
  return { outcome: "answered", count, totalMs };
}

/** What a shard measures in which nothing is wrong. */
export function shard(changes: Partial<Measured> = {}): Measured {
  return {
    storageBytes: 1_000,
    maxStorageBytes: 1_000_000,
    breakers: [],
    queue: [],
    tally: emptyTally,
    quietMs: null,
    ...changes,
  };
}

/** One shard, one origin. */
export function measurement(changes: Partial<Measurement> = {}): Measurement {
  return {
    shards: [shard()],
    origins: [{ name: "sms", budgetMs: 10_000 }],
    problemKeys: [],
    windowMs: 5 * 60_000,
    ...changes,
  };
}

/** Alerts from run to run, by a clock that moves when told, to one destination that takes everything. */
export interface Watch {
  /** A run, so many minutes after the one before: what it tells. */
  readonly run: (measured: Measurement, afterMinutes?: number) => readonly Notice[];
  readonly state: () => AlertState;
}

export function watch(config: AlertsConfig, startMs = Date.UTC(2036, 10, 24, 12)): Watch {
  let nowMs = startMs;
  let state = firstState(nowMs);
  return {
    run: (measured, afterMinutes = 1) => {
      nowMs += afterMinutes * 60_000;
      const evaluated = evaluate(state, measured, config, nowMs);
      const { taken, outbox } = take(evaluated.outbox, nowMs);
      const ids = taken.map(({ id }) => id);
      const sent = ids.map((id) => ({ id, end: "sent" as const }));
      state = { ...evaluated, outbox: settle(outbox, ids, sent, nowMs) };
      return taken.flatMap(({ notices }) => notices);
    },
    state: () => state,
  };
}

/** A notice in one line. */
export function line({ status, rule, subject }: Notice): string {
  return [status, rule, subject].filter((part) => part !== "").join(" ");
}
