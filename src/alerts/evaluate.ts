import type { AlertsConfig } from "../config/alerts-types.ts";
import type { Measured } from "../ledger/protocol.ts";
import { findAll } from "./findings.ts";
import type { Measurement } from "./measurement.ts";
import { put, type Outgoing } from "./outbox.ts";
import { keyOf, type Finding, type Rule, type Severity } from "./rules.ts";
import { findSilence, listen, type Hearing } from "./silence.ts";
import { spanText } from "./words.ts";

/** What is known of a rule about one thing: as long as it is bad, and until it may be told again. */
export interface Known {
  readonly rule: Rule;
  readonly subject: string;
  readonly severity: Severity;
  readonly text: string;
  readonly isBad: boolean;
  /** Since when it is, or was, bad; epoch ms. */
  readonly sinceMs: number;
  /** When something was known of it last. */
  readonly seenAtMs: number;
  /** When it was told last that it is bad; `undefined` while it was not. */
  readonly toldAtMs: number | undefined;
  /** Whether this time it was told: then it is told when it is over, too. */
  readonly isTold: boolean;
}

/** What one run leaves to the next; JSON, in the ledger. Fields are added, never renamed: releases share it. */
export interface AlertState {
  /** Of the last run, epoch ms. */
  readonly ranAtMs: number;
  readonly hearing: Hearing;
  readonly known: Readonly<Record<string, Known>>;
  readonly outbox: readonly Outgoing[];
}

/** One thing of a message. */
export interface Notice {
  readonly status: "firing" | "still" | "recovered" | "test";
  readonly rule: Rule;
  readonly subject: string;
  readonly severity: Severity;
  readonly text: string;
  /** Since when it is, or was, bad; epoch ms. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** Of what a minute tells nothing, it is thought after so long that it is over, ms. */
const FORGET_MS = 60 * 60_000;
/** A run that is so late means that there was no ledger, or no trigger, ms. */
const MISSED_MS = 3 * 60_000;

/** The state before the first run: listening begins now. */
export function firstState(nowMs: number): AlertState {
  return {
    ranAtMs: nowMs,
    hearing: { heardAtMs: nowMs, openSinceMs: undefined },
    known: {},
    outbox: [],
  };
}

/**
 * One run: takes in what was measured, and puts what is to be told into the outbox, as one message.
 *
 * Told is what has become bad, at most once an interval for the same rule and thing; that it goes on, by
 * `repeatMs`; and that it is over, where it was told before.
 */
export function evaluate(
  state: AlertState,
  measured: Measurement,
  config: AlertsConfig,
  nowMs: number,
): AlertState {
  const { rules } = config;
  const reached = measured.shards.filter((shard): shard is Measured => shard !== undefined);
  const hearing = listen(
    state.hearing,
    reached.map(({ quietMs }) => quietMs),
    rules.silence,
    nowMs,
  );
  const findings = [
    ...findAll(measured, rules, nowMs - state.ranAtMs),
    ...(rules.silence === undefined ? [] : findSilence(hearing, rules.silence, nowMs)),
  ];
  const found = new Map(findings.map((finding) => [keyOf(finding), finding]));
  const known: Record<string, Known> = {};
  const notices: Notice[] = afterGap(state, rules.ledger, nowMs);
  for (const key of new Set([...Object.keys(state.known), ...found.keys()])) {
    // Silence is over when Twilio is heard, and not before.
    const isHeld = key === "silence" && rules.silence !== undefined;
    const before = seen(state.known[key], found.get(key), isHeld, nowMs);
    if (before === undefined) continue;
    const notice = noticeOf(before, found.get(key)?.isEvent ?? false, config, nowMs);
    if (notice !== undefined) notices.push(notice);
    const after = told(before, notice, nowMs);
    const isKept = after.isBad || nowMs < (after.toldAtMs ?? 0) + config.intervalMs;
    if (isKept) known[key] = after;
  }
  const kinds = config.destinations.map(({ kind }) => kind);
  return { ranAtMs: nowMs, hearing, known, outbox: put(state.outbox, notices, kinds, nowMs) };
}

/** What is known after a finding, or after none; `undefined` for what never was bad. */
function seen(
  before: Known | undefined,
  found: Finding | undefined,
  isHeld: boolean,
  nowMs: number,
): Known | undefined {
  if (found === undefined) {
    if (before === undefined || !before.isBad || isHeld) return before;
    if (nowMs < before.seenAtMs + FORGET_MS) return before;
    return { ...before, text: `nothing more of it for ${spanText(FORGET_MS)}`, isBad: false };
  }
  const { rule, subject, severity, text, isBad } = found;
  if (before === undefined && !isBad) return undefined;
  return {
    rule,
    subject,
    // What is over is as severe as it was.
    severity: isBad ? severity : (before?.severity ?? severity),
    text,
    isBad,
    sinceMs: isBad && before?.isBad !== true ? nowMs : (before?.sinceMs ?? nowMs),
    seenAtMs: nowMs,
    toldAtMs: before?.toldAtMs,
    isTold: before?.isTold ?? false,
  };
}

function noticeOf(
  { rule, subject, severity, text, isBad, sinceMs, toldAtMs, isTold }: Known,
  isEvent: boolean,
  { intervalMs, repeatMs = Number.POSITIVE_INFINITY }: AlertsConfig,
  nowMs: number,
): Notice | undefined {
  const notice = { rule, subject, severity, text, sinceMs, atMs: nowMs };
  if (!isBad) return isTold ? { ...notice, status: "recovered" } : undefined;
  const afterMs = isTold && !isEvent ? Math.max(repeatMs, intervalMs) : intervalMs;
  if (toldAtMs !== undefined && nowMs < toldAtMs + afterMs) return undefined;
  return { ...notice, status: isTold ? "still" : "firing" };
}

function told(known: Known, notice: Notice | undefined, nowMs: number): Known {
  if (notice === undefined) return known;
  if (notice.status === "recovered") return { ...known, isTold: false };
  return { ...known, isTold: true, toldAtMs: nowMs };
}

/**
 * An outage of the first shard is told by the Worker alone, which forgets it: that it is over shows in the time
 * since the last run.
 */
function afterGap({ ranAtMs }: AlertState, isOn: boolean, nowMs: number): Notice[] {
  if (!isOn || nowMs - ranAtMs < MISSED_MS) return [];
  return [
    {
      status: "recovered",
      rule: "ledger",
      subject: "",
      severity: "critical",
      text: `alerts are worked out again, after ${spanText(nowMs - ranAtMs)} without: the ledger was away, or the cron trigger`,
      sinceMs: ranAtMs,
      atMs: nowMs,
    },
  ];
}
