import type { Io } from "../io.ts";
import { oneLine } from "../printable.ts";
import { textOf } from "../read-table.ts";
import { wrongUse } from "../wrong-use.ts";
import { askLog } from "./client.ts";
import { failureLine } from "./failure.ts";
import { readReports, type ShownReport } from "./report.ts";
import { findLogServer } from "./server.ts";

/** What `hookswitch reports` was told on the command line. */
export interface ReportsOptions {
  readonly since?: string;
  readonly until?: string;
  readonly unmatched?: boolean;
  readonly limit?: number;
  readonly url?: string;
  readonly json?: boolean;
}

/** Each is joined with what it speaks of, which the ledger is asked for. */
const MAX_PAGE = 50;

/**
 * Lists what Twilio has told of what it saw itself, newest first, each with what follows from both views.
 *
 * @returns The exit code: 0 also when there is nothing, 1 when the log could not be read, 2 when it could
 *   not be done as asked.
 */
export async function listReports(options: ReportsOptions, io: Io): Promise<number> {
  const server = await findLogServer(options.url, io, "reading");
  if (!server.ok) return wrongUse(server.error, io);
  const most = options.limit ?? MAX_PAGE;
  let shown = 0;
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: String(Math.min(MAX_PAGE, most - shown)),
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(options.until === undefined ? {} : { until: options.until }),
      ...(options.unmatched === true ? { unmatched: "1" } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = await askLog(server.value, {
      method: "GET",
      path: `/reports?${query.toString()}`,
      read: (answer) => ({
        reports: readReports(answer["reports"]),
        cursor: textOf(answer["cursor"]),
      }),
    });
    if (!page.ok) {
      io.err(`error: ${failureLine(page.error, { ...server.value, subject: "the reports" })}`);
      return 1;
    }
    for (const report of page.value.reports)
      io.out(options.json === true ? JSON.stringify(report.answer) : reportText(report, io.style));
    shown += page.value.reports.length;
    ({ cursor } = page.value);
  } while (cursor !== undefined && shown < most);
  if (cursor !== undefined) io.err(`${shown} shown, and there may be more: --until, or --limit`);
  else if (shown === 0) io.err("Twilio has told nothing of the kind");
  return 0;
}

/** A report in two lines: what it is, and what follows. */
export function reportText(report: ShownReport, style: Io["style"]): string {
  const { at, kind, level, errorCode, resourceSid, aboutId, id, verdict } = report;
  const what = [kind, level, errorCode === undefined ? undefined : String(errorCode), resourceSid]
    .filter((each) => each !== undefined)
    .join(" ");
  const ids = `${id}${aboutId === undefined ? ", of no delivery here" : `, of delivery ${aboutId}`}`;
  return `${oneLine(at)}  ${style("bold", oneLine(what))}  ${style("dim", ids)}\n  ${oneLine(verdict)}`;
}
