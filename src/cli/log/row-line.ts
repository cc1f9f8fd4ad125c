import type { Io, Style } from "../io.ts";
import { oneLine } from "../printable.ts";
import type { LogRow } from "./row.ts";

/** How outcomes look; one that is not known here looks plain. */
const styles: Readonly<Record<string, Style>> = {
  answered: "green",
  delivered: "green",
  queued: "cyan",
  running: "cyan",
  fell_back: "yellow",
  refused: "yellow",
  unrouted: "yellow",
  duplicate: "dim",
  failed: "red",
  dead: "red",
  interrupted: "red",
};

/** A column of the table. */
interface Column {
  readonly title: string;
  /** So that the first lines of a list that grows stand where the later ones do. */
  readonly least: number;
  readonly isNumber?: boolean;
  readonly of: (row: LogRow) => string;
}

const columns: readonly Column[] = [
  // Month to millisecond: the year of what is kept for days is known.
  {
    title: "UTC",
    least: 18,
    of: ({ receivedAt }) => receivedAt.replace("T", " ").replace(/^\d{4}-|Z$/g, ""),
  },
  { title: "outcome", least: 9, of: ({ outcome }) => outcome },
  { title: "http", least: 4, of: ({ httpStatus }) => String(httpStatus ?? "-") },
  { title: "took", least: 8, isNumber: true, of: ({ durationMs }) => `${durationMs} ms` },
  { title: "origin", least: 6, of: ({ origin }) => origin ?? "-" },
  { title: "delivery", least: 26, of: ({ id }) => id },
];

/** Rows one below the other. A column is as wide as the widest that it has held. */
export interface RowTable {
  /** Makes room for rows before the first of them is written. */
  readonly fit: (rows: readonly LogRow[]) => void;
  readonly header: () => string;
  readonly line: (row: LogRow) => string;
}

/** Makes an empty one. */
export function rowTable({ style }: Pick<Io, "style">): RowTable {
  const widths = columns.map(({ title, least }) => Math.max(title.length, least));
  const fit = (row: LogRow): void =>
    columns.forEach((column, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell(column, row).length);
    });
  const padded = (text: string, { isNumber }: Column, index: number): string => {
    const width = widths[index] ?? 0;
    return isNumber === true ? text.padStart(width) : text.padEnd(width);
  };
  return {
    fit: (rows) => rows.forEach(fit),
    header: () => style("dim", [...columns.map(titleOf), "webhook"].join("  ")),
    line: (row) => {
      fit(row);
      const own = Object.hasOwn(styles, row.outcome) ? styles[row.outcome] : undefined;
      const cells = columns.map((column, index) => {
        const text = padded(cell(column, row), column, index);
        return column.title === "outcome" && own !== undefined ? style(own, text) : text;
      });
      // What stands behind a path would never line up.
      return [...cells, oneLine(webhookOf(row)), oneLine(whyOf(row))].join("  ").trimEnd();
    },
  };

  function titleOf(column: Column, index: number): string {
    return padded(column.title, column, index);
  }
}

function cell({ of }: Column, row: LogRow): string {
  return oneLine(of(row));
}

function webhookOf({ method, path, twilioStatus }: LogRow): string {
  return [method, path, twilioStatus].filter((each) => each !== undefined).join(" ");
}

/** What one wants to know beside the outcome; `""` for nothing. */
export function whyOf({ reason, errorCode, error, nextAttemptAt }: LogRow): string {
  return [
    reason,
    errorCode === undefined ? undefined : `${errorCode} ${error ?? ""}`.trim(),
    nextAttemptAt === undefined ? undefined : `next attempt ${nextAttemptAt}`,
  ]
    .filter((each) => each !== undefined)
    .join(", ");
}
