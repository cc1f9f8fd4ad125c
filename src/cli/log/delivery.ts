import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";
import { readReports, type ShownReport } from "./report.ts";
import { type LogRow, readRow } from "./row.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

/** A delivery as `GET /_log/deliveries/:id` shows it; absent and `null` alike are `undefined`. */
export interface ShownDelivery {
  readonly row: LogRow;
  readonly isVerified: boolean;
  /** Name of the key that matched. */
  readonly key: string | undefined;
  /** Which spelling of the URL was signed. */
  readonly signedUrl: string | undefined;
  readonly accountSid: string | undefined;
  readonly dedupe: string | undefined;
  readonly firstDeliveryId: string | undefined;
  readonly isMasked: boolean;
  readonly hasHungUp: boolean;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly query: Pairs;
    readonly headers: Pairs;
    /** Of a form. */
    readonly parameters: Pairs | undefined;
    /** Of anything else. */
    readonly body: string | undefined;
    readonly bodyBytes: number;
    readonly isRedacted: boolean;
    /** Why it cannot be shown. */
    readonly withheld: string | undefined;
  };
  readonly attempts: readonly {
    readonly number: number;
    readonly to: string;
    readonly durationMs: number;
    readonly result: string;
    readonly status: number | undefined;
    readonly class: string | undefined;
    readonly twilioCode: number | undefined;
    readonly detail: string | undefined;
  }[];
  readonly answer:
    | { readonly status: number; readonly headers: Pairs; readonly body: string }
    | undefined;
  readonly timeline: readonly { readonly atMs: number; readonly event: string }[];
  /** What Twilio saw itself: what this delivery tells of it, or was told of this delivery. */
  readonly reports: readonly ShownReport[];
}

/** Reads one; `undefined` when it has another form. */
export function readDelivery(answer: Table): ShownDelivery | undefined {
  const row = readRow(answer);
  const { request, attempts, timeline, answer: given } = answer;
  if (row === undefined || !isTable(request) || !Array.isArray(attempts)) return undefined;
  return {
    row,
    isVerified: answer["verified"] === true,
    key: textOf(answer["key"]),
    signedUrl: textOf(answer["signed_url"]),
    accountSid: textOf(answer["account_sid"]),
    dedupe: textOf(answer["dedupe"]),
    firstDeliveryId: textOf(answer["first_delivery_id"]),
    isMasked: answer["masked"] === true,
    hasHungUp: answer["hung_up"] === true,
    request: {
      method: textOf(request["method"]) ?? "",
      url: textOf(request["url"]) ?? "",
      query: named(request["query"]),
      headers: listed(request["headers"]),
      parameters: Array.isArray(request["parameters"]) ? named(request["parameters"]) : undefined,
      body: textOf(request["body"]),
      bodyBytes: countOf(request["body_bytes"]) ?? 0,
      isRedacted: request["redacted"] === true,
      withheld: textOf(request["withheld"]),
    },
    attempts: attempts.filter(isTable).map((attempt) => ({
      number: countOf(attempt["number"]) ?? 0,
      to: textOf(attempt["to"]) ?? "",
      durationMs: countOf(attempt["duration_ms"]) ?? 0,
      result: textOf(attempt["result"]) ?? "",
      status: countOf(attempt["status"]),
      class: textOf(attempt["class"]),
      twilioCode: countOf(attempt["twilio_code"]),
      detail: textOf(attempt["detail"]),
    })),
    answer: isTable(given)
      ? {
          status: countOf(given["status"]) ?? 0,
          headers: listed(given["headers"]),
          body: textOf(given["body"]) ?? "",
        }
      : undefined,
    timeline: (Array.isArray(timeline) ? timeline : []).filter(isTable).map((each) => ({
      atMs: countOf(each["at_ms"]) ?? 0,
      event: textOf(each["event"]) ?? "",
    })),
    reports: readReports([answer["report"], ...listOf(answer["twilio_reports"])]),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `[{ "name", "value" }]`. */
function named(value: unknown): Pairs {
  return (Array.isArray(value) ? value : [])
    .filter(isTable)
    .map((each) => [textOf(each["name"]) ?? "", textOf(each["value"]) ?? ""]);
}

/** `[["name", "value"]]`. */
function listed(value: unknown): Pairs {
  return (Array.isArray(value) ? value : []).flatMap((each: unknown) =>
    Array.isArray(each) ? [[textOf(each[0]) ?? "", textOf(each[1]) ?? ""] as const] : [],
  );
}
