import type { DeliveryRecord, RecordedRequest } from "./delivery.ts";
import type { AttemptSettlement } from "./protocol.ts";

/** A delivery without what may be large; what is still to be sent is kept. */
export function withoutBodies(record: DeliveryRecord): DeliveryRecord {
  return {
    ...record,
    request: metadataOf(record.request),
    answer: undefined,
    stored: record.pending === undefined ? undefined : record.stored,
  };
}

/** The same of what was delivered; what is dead is kept whole, to be sent again. */
export function withoutContents(settlement: AttemptSettlement): AttemptSettlement {
  const { end } = settlement;
  if (end.kind !== "delivered") return settlement;
  const request = metadataOf(end.request);
  return { ...settlement, end: { ...end, request, stored: undefined } };
}

/** What a POST has in its body, a GET has in its query. */
function metadataOf(request: RecordedRequest): RecordedRequest {
  const query = request.method === "GET" ? undefined : request.query;
  return { ...request, query, headers: [], body: undefined };
}
