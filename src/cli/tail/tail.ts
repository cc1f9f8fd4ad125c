import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { type FilterOptions, filtersOf } from "../log/filters.ts";
import { rowTable } from "../log/row-line.ts";
import { type LogRow, readPage, readRow } from "../log/row.ts";
import { findLogServer } from "../log/server.ts";
import { oneLine } from "../printable.ts";
import { wrongUse } from "../wrong-use.ts";
import type { StreamEvent } from "./event-stream.ts";
import { watchStream } from "./watch.ts";

/** What `hookswitch tail` was told on the command line. */
export interface TailOptions extends FilterOptions {
  readonly text?: string;
  /** How many of those before are shown first, 0–200. */
  readonly last?: number;
  readonly url?: string;
  readonly json?: boolean;
}

const DEFAULT_LAST = 10;
/** So many rows are known again: what comes twice after a break is told once. */
const KNOWN_ROWS = 5_000;

/**
 * Shows webhooks as they come in and each time they change, until Ctrl-C.
 *
 * @returns The exit code: 0 after Ctrl-C, 1 when there is nothing to watch any more, 2 when it could not be
 *   done as asked.
 */
export async function tail(options: TailOptions, io: Io): Promise<number> {
  const server = await findLogServer(options.url, io, "reading");
  if (!server.ok) return wrongUse(server.error, io);
  const { text, last = DEFAULT_LAST, json: isJson = false } = options;
  const filters = filtersOf(options).map(([name, value]): [string, string] => [name, value]);
  if (text !== undefined) filters.push(["q", text]);
  const query = new URLSearchParams(filters).toString();

  const stop = new AbortController();
  const end = io.onInterrupt(() => stop.abort());
  io.onReaderGone(() => stop.abort());
  const table = rowTable(io);
  const isNew = newRows();
  const show = (rows: readonly LogRow[]): void => {
    for (const row of rows.filter(isNew))
      io.out(isJson ? JSON.stringify(row.answer) : table.line(row));
  };

  const failure = await watchStream(
    server.value,
    `/stream${query === "" ? "" : `?${query}`}`,
    {
      onOpen: async () => {
        const before = last === 0 ? [] : await newest(last);
        table.fit(before);
        if (!isJson) io.out(table.header());
        show(before);
      },
      onEvents: (events) => show(events.flatMap(rowOf)),
      onLost: (detail, againInMs) =>
        io.err(`connection lost: ${oneLine(detail)}; trying again in ${againInMs / 1_000} s`),
      onBack: () => io.err("connected again: what was missed comes first"),
    },
    stop.signal,
  );
  if (failure === undefined) return 0;
  end();
  io.err(`error: ${failureLine(failure, { ...server.value, subject: "the stream" })}`);
  return 1;

  /** Oldest first. What cannot be read now is no reason not to watch what comes. */
  async function newest(limit: number): Promise<readonly LogRow[]> {
    if (!server.ok) return [];
    const body = { ...Object.fromEntries(filters), limit };
    const request = { method: "POST", path: "/search", body, isReading: true } as const;
    const page = await askLog(server.value, { ...request, read: readPage, signal: stop.signal });
    if (page.ok) return page.value.rows.toReversed();
    io.err(`those before: ${failureLine(page.error, { ...server.value, subject: "the list" })}`);
    return [];
  }
}

function rowOf({ type, data }: StreamEvent): readonly LogRow[] {
  if (type !== "delivery") return [];
  try {
    const value: unknown = JSON.parse(data);
    return [readRow(value) ?? []].flat();
  } catch {
    return [];
  }
}

/** Tells rows that have not been shown as they are now. */
function newRows(): (row: LogRow) => boolean {
  const known = new Map<string, string>();
  return ({ id, answer }) => {
    const text = JSON.stringify(answer);
    if (known.get(id) === text) return false;
    known.delete(id);
    known.set(id, text);
    const [oldest] = known.keys();
    if (known.size > KNOWN_ROWS && oldest !== undefined) known.delete(oldest);
    return true;
  };
}
