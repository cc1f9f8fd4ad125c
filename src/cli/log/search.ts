import type { Io } from "../io.ts";
import { wrongUse } from "../wrong-use.ts";
import type { LogFailure } from "./answer.ts";
import { chooseLog, type LogChoice, type LogOptions } from "./choice.ts";
import { askLog } from "./client.ts";
import { failureLine } from "./failure.ts";
import { takeNumber } from "./number.ts";
import { rowTable } from "./row-line.ts";
import { type LogPage, readPage } from "./row.ts";
import { findLogServer, type LogServer } from "./server.ts";
import { readStats } from "./stats.ts";
import { statsText } from "./stats-text.ts";

/** Of one request, as the API allows. */
const MAX_PAGE = 200;
/** Deliveries that are looked through for a text before somebody has to say where to go on. */
const MOST_LOOKED_AT = 10_000;

/**
 * Lists what is in the log, newest first, or counts it.
 *
 * @returns The exit code: 0 also when nothing was found, 1 when the log could not be read, 2 when it could
 *   not be done as asked.
 */
export async function searchLog(options: LogOptions, io: Io): Promise<number> {
  const choice = chooseLog(options);
  if (!choice.ok) return wrongUse(choice.error, io);
  const need =
    choice.value.kind === "list" && choice.value.isUnmasked ? "administering" : "reading";
  const server = await findLogServer(options.url, io, need);
  if (!server.ok) return wrongUse(server.error, io);
  const isJson = options.json ?? false;
  if (choice.value.kind === "stats") return showStats(choice.value.query, server.value, isJson, io);
  return list(choice.value, server.value, isJson, io);
}

async function list(
  choice: Extract<LogChoice, { kind: "list" }>,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const filters: [string, string][] = choice.filters.map(([name, text]) => [name, text]);
  for (const side of choice.numbers) {
    const number = await takeNumber(`Number it ${side === "from" ? "came from" : "went to"}:`, io);
    if (number === undefined) return wrongUse(`--${side}: expected a number, found none`, io);
    filters.push([side, number]);
  }
  const table = rowTable(io);
  let shown = 0;
  let lookedAt = 0;
  let cursor: string | undefined;
  let oldest: string | undefined;
  do {
    const page = await askPage(server, {
      ...Object.fromEntries(filters),
      ...(choice.isUnmasked ? { unmask: "1" } : {}),
      limit: Math.min(MAX_PAGE, choice.limit - shown),
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (!page.ok) {
      io.err(`error: ${failureLine(page.error, { ...server, subject: "what was asked for" })}`);
      return 1;
    }
    const { rows } = page.value;
    table.fit(rows);
    if (!isJson && shown === 0 && rows.length > 0) io.out(table.header());
    for (const row of rows) io.out(isJson ? JSON.stringify(row.answer) : table.line(row));
    shown += rows.length;
    lookedAt += page.value.lookedAt ?? 0;
    ({ cursor } = page.value);
    oldest = page.value.backTo ?? rows.at(-1)?.receivedAt;
  } while (cursor !== undefined && shown < choice.limit && lookedAt < MOST_LOOKED_AT);
  if (cursor !== undefined) {
    const what = lookedAt === 0 ? `${shown} shown` : `${shown} found in ${lookedAt} deliveries`;
    io.err(`${what}, and there may be more: go on with --until ${oldest ?? ""}, or --limit`);
  } else if (shown === 0) {
    io.err("nothing of that kind is in the log");
  }
  return 0;
}

function askPage(
  server: LogServer,
  body: Readonly<Record<string, unknown>>,
): Promise<
  | { readonly ok: true; readonly value: LogPage }
  | { readonly ok: false; readonly error: LogFailure }
> {
  return askLog(server, { method: "POST", path: "/search", body, isReading: true, read: readPage });
}

async function showStats(
  query: URLSearchParams,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const stats = await askLog(server, {
    method: "GET",
    path: `/stats${query.size === 0 ? "" : `?${query.toString()}`}`,
    read: readStats,
  });
  if (!stats.ok) {
    io.err(`error: ${failureLine(stats.error, { ...server, subject: "what was counted" })}`);
    return 1;
  }
  io.out(
    isJson ? JSON.stringify(stats.value.answer) : statsText(stats.value, query.has("by"), io.style),
  );
  return 0;
}
