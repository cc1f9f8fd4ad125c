import type { Answer } from "../check/answer-types.ts";
import { receivedAtMsOf } from "./delivery-id.ts";
import type { DeliveryOutcome, DeliveryRecord, Pending, RecordedRequest } from "./delivery.ts";

/** A row of a `deliveries_…` or `refusals_…` table, as SQLite gives it. */
export type DeliveryRow = {
  readonly seq: number;
  readonly id: string;
  readonly outcome: string;
  readonly origin: string | null;
  readonly received_at_ms: number;
  readonly duration_ms: number;
  readonly account_sid: string | null;
  readonly twilio_status: string | null;
  readonly http_status: number;
  readonly error_code: number | null;
  readonly sids: string;
  readonly attempts: number;
  readonly detail: string;
  readonly request_body: ArrayBuffer | null;
  readonly answer_status: number | null;
  readonly answer_headers: string | null;
  readonly answer_body: ArrayBuffer | null;
  readonly numbers: string | null;
  readonly due_at_ms: number | null;
  readonly lease: number | null;
  readonly sealed_with: string | null;
  readonly stored: ArrayBuffer | null;
};

/** What the list shows of a delivery. */
export type DeliverySummary = Pick<
  DeliveryRecord,
  | "id"
  | "outcome"
  | "reason"
  | "origin"
  | "receivedAtMs"
  | "durationMs"
  | "accountSid"
  | "sids"
  | "twilioStatus"
  | "httpStatus"
  | "errorCode"
  | "pending"
> & {
  /** How many there were. */
  readonly attempts: number;
  /** Empty where nothing is known of the request. */
  readonly method: string;
  /** Raw. */
  readonly path: string;
};

/** A place in the list: what comes after it is older. */
export interface ListPosition {
  readonly seq: number;
  readonly id: string;
}

/** What goes into the `detail` column: everything that is neither filtered on nor large. */
type Detail = Pick<
  DeliveryRecord,
  | "reason"
  | "stages"
  | "hasHungUp"
  | "isVerified"
  | "keyName"
  | "candidate"
  | "dedupe"
  | "firstDeliveryId"
  | "attempts"
  | "report"
  | "explanation"
  | "replay"
> & { readonly request: Omit<RecordedRequest, "body"> };

/** Places of one millisecond. */
export const SEQUENCES_PER_MS = 2048;
// A row may have 2 MB; what is not body or answer needs little of it.
const MAX_BLOB_BYTES = 1_800_000;

/** The first and the one past the last sequence number of a millisecond: rows of one instant share it, the list stays ordered by time. */
export function sequencesOf(deliveryId: string): { readonly first: number; readonly end: number } {
  const first = receivedAtMsOf(deliveryId) * SEQUENCES_PER_MS;
  return { first, end: first + SEQUENCES_PER_MS };
}

/** The instant of receipt in a sequence number, epoch ms. */
export function receivedAtMsOfSequence(seq: number): number {
  return Math.floor(seq / SEQUENCES_PER_MS);
}

/** The first sequence number of an instant (epoch ms). */
export function sequenceAt(atMs: number): number {
  return atMs * SEQUENCES_PER_MS;
}

/** Columns of a delivery, `seq` aside, in the order of `deliveryColumnNames`. */
export function toColumns(
  record: DeliveryRecord,
): readonly (string | number | ArrayBuffer | null)[] {
  const { reason, hasHungUp, isVerified, keyName, candidate, dedupe, firstDeliveryId } = record;
  const { stages, attempts, report, explanation, replay, numberHashes, pending, stored } = record;
  const { body, ...request } = record.request;
  const detail: Detail = {
    reason,
    stages,
    hasHungUp,
    isVerified,
    keyName,
    candidate,
    dedupe,
    firstDeliveryId,
    attempts,
    report,
    explanation,
    replay,
    request,
  };
  const answerBytes = record.answer?.body.byteLength ?? 0;
  const isBodyKept = body !== undefined && body.byteLength + answerBytes <= MAX_BLOB_BYTES;
  return [
    record.id,
    record.outcome,
    record.origin ?? null,
    record.receivedAtMs,
    record.durationMs,
    record.accountSid ?? null,
    record.twilioStatus ?? null,
    record.httpStatus,
    record.errorCode ?? null,
    record.sids.join(" "),
    attempts.at(-1)?.number ?? 0,
    JSON.stringify(detail),
    numberHashes.length === 0 ? null : numberHashes.join(" "),
    pending?.dueAtMs ?? null,
    pending?.lease ?? null,
    stored?.sealedWith ?? null,
    isBodyKept ? toBuffer(body) : null,
    ...answerColumns(record.answer),
    stored === undefined ? null : toBuffer(stored.bytes),
  ];
}

/** Names of the columns that `toColumns` fills, in its order. */
export const deliveryColumnNames = [
  "id",
  "outcome",
  "origin",
  "received_at_ms",
  "duration_ms",
  "account_sid",
  "twilio_status",
  "http_status",
  "error_code",
  "sids",
  "attempts",
  "detail",
  "numbers",
  "due_at_ms",
  "lease",
  "sealed_with",
  "request_body",
  "answer_status",
  "answer_headers",
  "answer_body",
  "stored",
] as const;

/** An answer as three columns, `null`s where there is none. */
export function answerColumns(
  answer: Answer | undefined,
): readonly (string | number | ArrayBuffer | null)[] {
  if (answer === undefined) return [null, null, null];
  return [answer.status, JSON.stringify(answer.headers), toBuffer(answer.body)];
}

/** The answer in a row, if it holds one. */
export function answerOf(row: {
  readonly answer_status: number | null;
  readonly answer_headers: string | null;
  readonly answer_body: ArrayBuffer | null;
}): Answer | undefined {
  if (row.answer_status === null) return undefined;
  return {
    status: row.answer_status,
    headers: JSON.parse(row.answer_headers ?? "[]"),
    body: new Uint8Array(row.answer_body ?? new ArrayBuffer(0)),
  };
}

/** A row of the list. */
export function toSummary(
  row: Omit<
    DeliveryRow,
    "request_body" | "answer_status" | "answer_headers" | "answer_body" | "stored"
  >,
): DeliverySummary {
  const detail = detailOf(row.detail);
  return {
    id: row.id,
    // oxlint-disable-next-line no-unsafe-type-assertion -- written by toColumns() only
    outcome: row.outcome as DeliveryOutcome,
    reason: detail.reason,
    origin: row.origin ?? undefined,
    receivedAtMs: row.received_at_ms,
    durationMs: row.duration_ms,
    accountSid: row.account_sid ?? undefined,
    sids: row.sids === "" ? [] : row.sids.split(" "),
    twilioStatus: row.twilio_status ?? undefined,
    httpStatus: row.http_status,
    errorCode: row.error_code ?? undefined,
    attempts: row.attempts,
    method: detail.request.method,
    path: detail.request.path,
    pending: pendingOf(row),
  };
}

function pendingOf({
  due_at_ms,
  lease,
}: Pick<DeliveryRow, "due_at_ms" | "lease">): Pending | undefined {
  if (due_at_ms === null) return undefined;
  return { dueAtMs: due_at_ms, lease: lease ?? undefined };
}

/** A whole delivery. */
export function toRecord(row: DeliveryRow): DeliveryRecord {
  const { attempts: _count, method: _method, path: _path, ...summary } = toSummary(row);
  const detail = detailOf(row.detail);
  return {
    ...summary,
    ...detail,
    replay: detail.replay,
    report: detail.report,
    explanation: detail.explanation,
    stages: detail.stages ?? {}, // of 0.1.0, which knew none
    numberHashes: row.numbers === null ? [] : row.numbers.split(" "),
    stored:
      row.stored === null
        ? undefined
        : { bytes: new Uint8Array(row.stored), sealedWith: row.sealed_with ?? undefined },
    request: {
      ...detail.request,
      body: row.request_body === null ? undefined : new Uint8Array(row.request_body),
    },
    answer: answerOf(row),
  };
}

function detailOf(text: string): Omit<Detail, "stages"> & Partial<Pick<Detail, "stages">> {
  return JSON.parse(text);
}

function toBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}
