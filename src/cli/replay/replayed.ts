import { isTable, type Table } from "../../shared/table.ts";
import type { Io } from "../io.ts";
import { oneLine } from "../printable.ts";
import { countOf, textOf } from "../read-table.ts";

/** What came of one delivery that the Worker sent again. */
export interface Replayed {
  readonly isDelivered: boolean;
  /** What the log has as the delivery's outcome from now on. */
  readonly outcome: string;
  readonly attempt: {
    /** Counts from 1 over all attempts at the delivery. */
    readonly number: number;
    readonly to: string;
    readonly durationMs: number;
    /** `undefined` when there was no answer. */
    readonly status: number | undefined;
    /** Of one that failed: its class, such as `timeout`. */
    readonly failureClass: string | undefined;
    readonly twilioCode: number | undefined;
    readonly detail: string | undefined;
  };
  /** As the API told it, for `--json`. */
  readonly answer: Table;
}

/** Reads the answer to `POST /_log/deliveries/:id/replay`; `undefined` when it has another form. */
export function readReplayed(answer: Table): Replayed | undefined {
  const { delivered: isDelivered, outcome, attempt } = answer;
  if (typeof isDelivered !== "boolean" || typeof outcome !== "string" || !isTable(attempt)) {
    return undefined;
  }
  const number = countOf(attempt["number"]);
  const to = textOf(attempt["to"]);
  const durationMs = countOf(attempt["duration_ms"]);
  if (number === undefined || to === undefined || durationMs === undefined) return undefined;
  return {
    isDelivered,
    outcome,
    attempt: {
      number,
      to,
      durationMs,
      status: countOf(attempt["status"]),
      failureClass: textOf(attempt["class"]),
      twilioCode: countOf(attempt["twilio_code"]),
      detail: textOf(attempt["detail"]),
    },
    answer,
  };
}

/** Tells it in one line, as `send` tells an answer. */
export function replayedLine({ isDelivered, attempt }: Replayed, style: Io["style"]): string {
  const { number, to, durationMs, status, failureClass, twilioCode, detail } = attempt;
  const why = [failureClass, twilioCode].filter((each) => each !== undefined).join(" ");
  return [
    isDelivered ? style("green", "delivered") : style("red", "not delivered"),
    status === undefined ? "no answer" : String(status),
    ...(isDelivered || why === "" ? [] : [why]),
    `${durationMs} ms`,
    `attempt ${number} at the ${oneLine(to)}`,
    ...(detail === undefined ? [] : [oneLine(detail)]),
  ].join("  ");
}
