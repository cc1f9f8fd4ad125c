import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** What Twilio told of what it saw itself, as the API shows it. */
export interface ShownReport {
  /** Of the delivery that brought it. */
  readonly id: string;
  /** ISO 8601: when Twilio noted it. */
  readonly at: string;
  readonly kind: string;
  readonly level: string | undefined;
  readonly errorCode: number | undefined;
  readonly resourceSid: string | undefined;
  /** The delivery that it speaks of; `undefined` when the log has none. */
  readonly aboutId: string | undefined;
  readonly verdict: string;
  /** As the API told it. */
  readonly answer: Table;
}

/** Reads one; `undefined` when it has another form. */
export function readReport(value: unknown): ShownReport | undefined {
  if (!isTable(value)) return undefined;
  const { about } = value;
  const id = textOf(value["id"]);
  const kind = textOf(value["kind"]);
  if (id === undefined || kind === undefined) return undefined;
  return {
    id,
    kind,
    at: textOf(value["at"]) ?? "",
    level: textOf(value["level"]),
    errorCode: countOf(value["error_code"]),
    resourceSid: textOf(value["resource_sid"]),
    aboutId: isTable(about) ? textOf(about["id"]) : undefined,
    verdict: textOf(value["verdict"]) ?? "",
    answer: value,
  };
}

/** Reads a list of them, without those of another form. */
export function readReports(value: unknown): readonly ShownReport[] {
  return (Array.isArray(value) ? value : []).flatMap((each: unknown) => readReport(each) ?? []);
}
