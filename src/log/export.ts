import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { SearchRequest } from "../ledger/search.ts";
import type { LogReader } from "../shared/ports.ts";
import { utf8 } from "../shared/utf8.ts";

/** Deliveries that are held at once. */
const PAGE = 50;

/**
 * Streams whole deliveries as NDJSON, newest first, a page at a time and no faster than they are read: of
 * any number in the same memory. Where a page cannot be had the stream breaks, so that a part of the list is
 * never taken for all of it.
 *
 * @param present Makes the JSON of one; `undefined` leaves it out.
 */
export function exportStream(
  request: SearchRequest,
  reader: Pick<LogReader, "search" | "records">,
  present: (record: DeliveryRecord) => Promise<unknown>,
): ReadableStream<Uint8Array> {
  let { after } = request;
  let isOver = false;
  return new ReadableStream({
    async pull(controller) {
      // A pull that brings nothing is not called again: pages of which nothing is shown are passed over.
      while (!isOver) {
        const found = await reader.search({ ...request, limit: PAGE, after });
        after = found.at(-1) ?? after;
        isOver = found.length < PAGE;
        const records = await reader.records(found.map(({ id }) => id));
        const shown = (await Promise.all(records.map(present))).filter(
          (each) => each !== undefined,
        );
        if (shown.length === 0) continue;
        controller.enqueue(utf8(shown.map((each) => `${JSON.stringify(each)}\n`).join("")));
        return;
      }
      controller.close();
    },
  });
}
