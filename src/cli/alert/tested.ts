import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** What a destination answered to a test. */
export interface TestedDestination {
  /** `slack`, `webhook`, `pagerduty`. */
  readonly name: string;
  readonly isSent: boolean;
  /** `undefined` where it did not answer. */
  readonly status: number | undefined;
  readonly detail: string;
}

/** What came of a test. */
export interface Tested {
  readonly destinations: readonly TestedDestination[];
  /** What is wrong with `ALERTS` there, so that a destination may be missing. */
  readonly problems: readonly { readonly key: string; readonly message: string }[];
  /** As the API told it, for `--json`. */
  readonly answer: Table;
}

/** Reads it as the API tells it; `undefined` when it has another form. */
export function readTested(answer: Table): Tested | undefined {
  const { destinations, problems } = answer;
  if (!Array.isArray(destinations) || !Array.isArray(problems)) return undefined;
  const read = destinations.map(readDestination);
  const known = read.filter((each) => each !== undefined);
  if (known.length < read.length) return undefined;
  return {
    destinations: known,
    problems: problems.filter(isTable).map((each) => ({
      key: textOf(each["key"]) ?? "ALERTS",
      message: textOf(each["message"]) ?? "",
    })),
    answer,
  };
}

function readDestination(value: unknown): TestedDestination | undefined {
  if (!isTable(value)) return undefined;
  const name = textOf(value["destination"]);
  const { sent } = value;
  if (name === undefined || typeof sent !== "boolean") return undefined;
  const detail = textOf(value["detail"]) ?? "";
  return { name, isSent: sent, status: countOf(value["status"]), detail };
}
