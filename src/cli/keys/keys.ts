import { ok, type Result } from "../../shared/result.ts";
import { readInstant } from "../../log/list-query.ts";
import { columns } from "../columns.ts";
import type { Io } from "../io.ts";
import type { LogFailure } from "../log/answer.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { readHealth } from "../log/health.ts";
import { findLogServer, type LogServer } from "../log/server.ts";
import { readStats, type Stats } from "../log/stats.ts";
import { oneLine } from "../printable.ts";
import { wrongUse } from "../wrong-use.ts";
import { type KeyUsage, keyUsages, type Verdict, verdictOn } from "./usage.ts";

/** What `hookswitch keys` was told on the command line. */
export interface KeysOptions {
  readonly since?: string;
  readonly url?: string;
  readonly json?: boolean;
}

const DEFAULT_SINCE = "24h";
/** The longest span that is counted by minutes, ms; beside it there is room for two clocks that differ. */
const BY_MINUTES_MS = 47 * 3_600_000;
/** Where a key that has not matched in the span is looked for: as exactly as may be, then as far back. */
const BEFORE = [
  ["47h", "minute"],
  ["30d", "hour"],
] as const;

/**
 * Tells how often each key has matched, and when last.
 *
 * @param name Of a key, to know whether it can be taken out; `undefined` for all of them.
 * @returns The exit code: 0, with a name only when that key has not matched and others have; 1 when it has, or
 *   nothing came in, or the log could not be read; 2 when it could not be done as asked.
 */
export async function keys(
  name: string | undefined,
  options: KeysOptions,
  io: Io,
): Promise<number> {
  const server = await findLogServer(options.url, io, "reading");
  if (!server.ok) return wrongUse(server.error, io);
  const told = await ask(options.since ?? DEFAULT_SINCE, server.value);
  if (!told.ok) {
    io.err(`error: ${failureLine(told.error, { ...server.value, subject: "what was counted" })}`);
    return 1;
  }
  const { names, span, before } = told.value;
  if (names === undefined || span.keys === undefined) {
    io.err("error: this Hookswitch does not count keys: deploy the version of this command");
    return 1;
  }
  const usages = keyUsages(names, span, before);
  if (name !== undefined && !usages.some((usage) => usage.name === name)) {
    const known = names.map(oneLine).join(", ");
    return wrongUse(`there is no key ${oneLine(name)}: expected one of ${known}`, io);
  }
  const verdicts = usages.map((usage) => verdictOn(usage.name, usages));
  if (options.json) {
    const shown = usages.map((usage, at) => ({ ...usage, verdict: verdicts[at]?.kind }));
    io.out(JSON.stringify({ since: span.since, until: span.until, keys: shown }));
  } else {
    io.out(usageText(span, usages, verdicts, io.style));
  }
  return name === undefined || verdictOn(name, usages).kind === "unused" ? 0 : 1;
}

/** What is told of keys. */
interface Told {
  readonly names: readonly string[] | undefined;
  readonly span: Stats;
  readonly before: readonly Stats[];
}

async function ask(typedSince: string, server: LogServer): Promise<Result<Told, LogFailure>> {
  const health = await askLog(server, {
    method: "GET",
    path: "/health",
    alsoGood: 503,
    read: readHealth,
  });
  if (!health.ok) return health;
  const nowMs = Date.now();
  const sinceMs = readInstant(typedSince, nowMs, (atMs) => atMs);
  const isShort = sinceMs.ok && nowMs - sinceMs.value <= BY_MINUTES_MS;
  const span = await askStats(typedSince, isShort ? "minute" : "hour", server);
  if (!span.ok) return span;
  const { keys: names } = health.value;
  const before: Stats[] = [];
  for (const [since, by] of BEFORE) {
    const isSeen = (name: string): boolean =>
      [span.value, ...before].some((stats) => (stats.keys?.[name] ?? 0) > 0);
    if ((names ?? []).every(isSeen)) break;
    const stats = await askStats(since, by, server);
    if (!stats.ok) return stats;
    before.push(stats.value);
  }
  return ok({ names, span: span.value, before });
}

function askStats(
  since: string,
  by: "minute" | "hour",
  server: LogServer,
): Promise<Result<Stats, LogFailure>> {
  const query = new URLSearchParams({ since, by });
  return askLog(server, { method: "GET", path: `/stats?${query.toString()}`, read: readStats });
}

function usageText(
  { since }: Stats,
  usages: readonly KeyUsage[],
  verdicts: readonly Verdict[],
  style: Io["style"],
): string {
  const rows = usages.map(({ name, isSet, count, last }) => [
    oneLine(name) + (isSet ? "" : " (not set any more)"),
    count.toLocaleString("en-US"),
    last === undefined ? "never" : lastText(last),
  ]);
  const [heading = "", ...lines] = columns([["key", `since ${since}`, "last"], ...rows]);
  const said = usages.flatMap(({ name, isSet }, at) => {
    const verdict = verdicts[at];
    return isSet && verdict?.kind === "unused"
      ? [
          `${oneLine(name)} has not matched since then, others have ${verdict.others.toLocaleString("en-US")} times: if it is the old one, it can be taken out`,
        ]
      : [];
  });
  const isIdle = verdicts.every(({ kind }) => kind === "no_webhooks");
  return [
    style("bold", heading),
    ...lines,
    ...said,
    ...(isIdle ? ["no webhook was verified since then: that says nothing about a key"] : []),
  ].join("\n");
}

/** To the minute or the hour, as it was counted. */
function lastText({ at, seconds }: NonNullable<KeyUsage["last"]>): string {
  return seconds < 3_600 ? at.replace(/:00\.000Z$/, "Z") : `${at.replace(/:.*$/, "")}h UTC`;
}
