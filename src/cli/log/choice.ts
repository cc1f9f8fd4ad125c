import { err, ok, type Result } from "../../shared/result.ts";
import { type FilterOptions, filtersOf } from "./filters.ts";

/** What `hookswitch log` was told on the command line. */
export interface LogOptions extends FilterOptions {
  /** Whether the number it came from is taken from a prompt or standard input. */
  readonly from?: boolean;
  /** The same of the number it went to. */
  readonly to?: boolean;
  readonly text?: string;
  readonly unmask?: boolean;
  /** Rows, 1–100,000. */
  readonly limit?: number;
  readonly stats?: boolean;
  readonly by?: "minute" | "hour" | "day";
  readonly url?: string;
  readonly json?: boolean;
}

/** What is asked of the log. */
export type LogChoice =
  | {
      readonly kind: "list";
      /** As the API spells them. */
      readonly filters: readonly (readonly [name: string, text: string])[];
      /** Sides whose number is still to be asked for. */
      readonly numbers: readonly ("from" | "to")[];
      readonly isUnmasked: boolean;
      readonly limit: number;
    }
  | { readonly kind: "stats"; readonly query: URLSearchParams };

const DEFAULT_LIMIT = 50;

/**
 * Decides what a command line asks for.
 * @returns One sentence for what cannot be meant.
 */
export function chooseLog(options: LogOptions): Result<LogChoice, string> {
  const { from = false, to = false, text, unmask = false, limit, stats = false, by } = options;
  const filters = filtersOf(options);
  if (stats) {
    const other = filters.find(([name]) => name !== "since" && name !== "until");
    const isMore = from || to || text !== undefined || unmask || limit !== undefined;
    if (other !== undefined || isMore) {
      return err("--stats goes with --since, --until and --by only: what is counted has no more");
    }
    const query = new URLSearchParams(filters.map(([name, value]) => [name, value]));
    if (by !== undefined) query.set("by", by);
    return ok({ kind: "stats", query });
  }
  if (by !== undefined) return err("--by goes with --stats");
  if (unmask && text === undefined) {
    return err("--unmask goes with --text: the list itself shows nothing that is masked");
  }
  return ok({
    kind: "list",
    filters: text === undefined ? filters : [...filters, ["q", text]],
    numbers: [...(from ? (["from"] as const) : []), ...(to ? (["to"] as const) : [])],
    isUnmasked: unmask,
    limit: limit ?? DEFAULT_LIMIT,
  });
}
