import type { Answer } from "../check/answer-types.ts";
import type { DeliveryRecord, RecordedRequest } from "../ledger/delivery.ts";
import type { AttemptSettlement, RefusalBatch, Settlement } from "../ledger/protocol.ts";
import { pack, unpack } from "../shared/packed.ts";
import type { Sealed, Sealer } from "../shared/seal.ts";

/** Of a record's contents; those of a webhook to be sent have another (`stored-webhook.ts`). */
const VERSION = 2;
const ANSWER_VERSION = 3;
/** Marks a sealed answer; no origin's own answer can have such a header. */
const SEALED_HEADER = "Hookswitch-Sealed";
/** A row may have 2 MB: where both are larger the body of the request is left out. */
const MAX_CONTENT_BYTES = 1_800_000;

/** What of a record is sealed: whatever the sender or the application has said. */
type Contents = {
  readonly query: string | undefined;
  readonly headers: DeliveryRecord["request"]["headers"];
  /** `undefined` where the body was not kept. */
  readonly bodyBytes: number | undefined;
  readonly answer: Omit<Answer, "body"> | undefined;
};

/** Seals what of a record is not to be read without `LOG_KEY`; the record as it is where there is none. */
export async function sealRecord(
  record: DeliveryRecord,
  sealing: Sealing,
): Promise<DeliveryRecord> {
  // What is queued is sealed already, all of it.
  if (!sealing.sealer.hasKey || record.stored !== undefined) return record;
  return { ...record, ...(await sealContents(record, sealing)), answer: undefined };
}

/** Seals the records of a batch of refusals. */
export async function sealBatch(batch: RefusalBatch, sealing: Sealing): Promise<RefusalBatch> {
  if (!sealing.sealer.hasKey) return batch;
  const [counts, records] = await Promise.all([
    Promise.all(
      batch.counts.map(async (each) => ({
        ...each,
        sample: each.sample && (await sealRecord(each.sample, sealing)),
      })),
    ),
    Promise.all(batch.records.map((record) => sealRecord(record, sealing))),
  ]);
  return { counts, records };
}

async function sealContents(
  { id, request, answer }: Pick<DeliveryRecord, "id" | "request" | "answer">,
  sealing: Sealing,
): Promise<{ readonly request: RecordedRequest; readonly stored: Sealed }> {
  const answerBody = answer?.body ?? new Uint8Array();
  const isBodyKept = (request.body?.byteLength ?? 0) + answerBody.byteLength <= MAX_CONTENT_BYTES;
  const body = isBodyKept ? request.body : undefined;
  const contents: Contents = {
    query: request.query,
    headers: request.headers,
    bodyBytes: body?.byteLength,
    answer: answer && { status: answer.status, headers: answer.headers },
  };
  const packed = pack(VERSION, contents, joined(body ?? new Uint8Array(), answerBody));
  return {
    request: { ...request, query: undefined, headers: [], body: undefined },
    stored: await seal(packed, id, sealing),
  };
}

/** A record with what was sealed in it; `undefined` when it cannot be opened, or is none that was sealed. */
export async function openRecord(
  record: DeliveryRecord,
  sealer: Sealer,
): Promise<DeliveryRecord | undefined> {
  if (record.stored === undefined) return record;
  const opened = await sealer.open(record.stored, record.id);
  const unpacked = opened && unpack(VERSION, opened);
  if (unpacked === undefined) return undefined;
  // oxlint-disable-next-line no-unsafe-type-assertion -- written by sealRecord() only
  const { query, headers, bodyBytes, answer } = unpacked.meta as unknown as Contents;
  const { bytes } = unpacked;
  return {
    ...record,
    request: {
      ...record.request,
      query,
      headers,
      body: bodyBytes === undefined ? undefined : bytes.slice(0, bodyBytes),
    },
    answer: answer && { ...answer, body: bytes.slice(bodyBytes ?? 0) },
    stored: undefined,
  };
}

/** Seals an answer for duplicates, as the ledger and KV keep it; it stays one for whoever cannot open it. */
export async function sealAnswer(
  answer: Answer,
  claimKey: string,
  sealing: Sealing,
): Promise<Answer> {
  if (!sealing.sealer.hasKey) return answer;
  const packed = pack(ANSWER_VERSION, { headers: answer.headers }, answer.body);
  const { bytes, sealedWith = "" } = await seal(packed, claimKey, sealing);
  return { status: answer.status, headers: [[SEALED_HEADER, sealedWith]], body: bytes };
}

/** The answer as it was sealed; `undefined` when its key is not there. One that was not sealed is itself. */
export async function openAnswer(
  answer: Answer,
  claimKey: string,
  sealer: Sealer,
): Promise<Answer | undefined> {
  const [first] = answer.headers;
  if (first?.[0] !== SEALED_HEADER) return answer;
  const opened = await sealer.open({ bytes: answer.body, sealedWith: first[1] }, claimKey);
  const unpacked = opened && unpack(ANSWER_VERSION, opened);
  if (unpacked === undefined) return undefined;
  // oxlint-disable-next-line no-unsafe-type-assertion -- written by sealAnswer() only
  const { headers } = unpacked.meta as unknown as Pick<Answer, "headers">;
  return { status: answer.status, headers, body: unpacked.bytes };
}

/** What seals: the key, and chance fit for it. */
export interface Sealing {
  readonly sealer: Sealer;
  readonly randomBytes: (count: number) => Uint8Array<ArrayBuffer>;
}

/** Seals all that a settlement carries, before it leaves for the ledger. */
export async function sealSettlement(
  settlement: Settlement,
  sealing: Sealing,
): Promise<Settlement> {
  if (!sealing.sealer.hasKey) return settlement;
  if ("lease" in settlement) return sealAttempt(settlement, sealing);
  const { record, claim } = settlement;
  return {
    ...settlement,
    record: record && (await sealRecord(record, sealing)),
    claim: claim && { ...claim, answer: await sealAnswer(claim.answer, claim.claimKey, sealing) },
  };
}

/** The same for an attempt at a queued delivery. */
export async function sealAttempt(
  settlement: AttemptSettlement,
  sealing: Sealing,
): Promise<AttemptSettlement> {
  const { end, deliveryId: id } = settlement;
  if (!sealing.sealer.hasKey || end.kind === "waits") return settlement;
  const about = { id, request: end.request, answer: undefined };
  return { ...settlement, end: { ...end, ...(await sealContents(about, sealing)) } };
}

function seal(
  bytes: Uint8Array<ArrayBuffer>,
  about: string,
  { sealer, randomBytes }: Sealing,
): Promise<Sealed> {
  return sealer.seal(bytes, about, randomBytes(12));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.byteLength + second.byteLength);
  whole.set(first);
  whole.set(second, first.byteLength);
  return whole;
}
