import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** A row of the log's list. */
export interface LogRow {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly origin: string | undefined;
  readonly method: string | undefined;
  readonly path: string | undefined;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly durationMs: number;
  readonly twilioStatus: string | undefined;
  /** What Twilio was given. */
  readonly httpStatus: number | undefined;
  readonly errorCode: number | undefined;
  /** Twilio's name of the error code. */
  readonly error: string | undefined;
  readonly sids: readonly string[];
  /** ISO 8601; `undefined` when none is to come. */
  readonly nextAttemptAt: string | undefined;
  /** As the API told it. */
  readonly answer: Table;
}

/** Reads a row of the list, or a whole delivery, which has the same fields; `undefined` for anything else. */
export function readRow(value: unknown): LogRow | undefined {
  if (!isTable(value)) return undefined;
  const id = textOf(value["id"]);
  const outcome = textOf(value["outcome"]);
  const receivedAt = textOf(value["received_at"]);
  const durationMs = countOf(value["duration_ms"]);
  if (id === undefined || outcome === undefined || receivedAt === undefined) return undefined;
  const sids: unknown = value["sids"];
  return {
    id,
    outcome,
    reason: textOf(value["reason"]),
    origin: textOf(value["origin"]),
    method: textOf(value["method"]),
    path: textOf(value["path"]),
    receivedAt,
    durationMs: durationMs ?? 0,
    twilioStatus: textOf(value["twilio_status"]),
    httpStatus: countOf(value["http_status"]),
    errorCode: countOf(value["error_code"]),
    error: textOf(value["error"]),
    sids: Array.isArray(sids) ? sids.flatMap((sid) => textOf(sid) ?? []) : [],
    nextAttemptAt: textOf(value["next_attempt_at"]),
    answer: value,
  };
}

/** A page of the list. */
export interface LogPage {
  readonly rows: readonly LogRow[];
  /** Where the next one begins; `undefined` on the last. */
  readonly cursor: string | undefined;
  /** Of a search by text: how many deliveries were looked through. */
  readonly lookedAt: number | undefined;
  /** How far back these go, ISO 8601; `undefined` where nothing is left to look at. */
  readonly backTo: string | undefined;
}

/** Reads a page of the list. */
export function readPage(answer: Table): LogPage | undefined {
  const { deliveries, cursor, looked_at: lookedAt } = answer;
  if (!Array.isArray(deliveries)) return undefined;
  const rows = deliveries.flatMap((each) => readRow(each) ?? []);
  if (rows.length !== deliveries.length) return undefined;
  const looked = isTable(lookedAt) ? lookedAt : {};
  return {
    rows,
    cursor: textOf(cursor),
    lookedAt: countOf(looked["deliveries"]),
    backTo: textOf(looked["back_to"]),
  };
}
