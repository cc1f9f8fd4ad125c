import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { ListPosition } from "../ledger/row.ts";
import type { FoundDelivery, SearchRequest } from "../ledger/search.ts";
import type { LogReader } from "../shared/ports.ts";

/** Deliveries that are held at once. */
const PAGE = 50;
/** Deliveries that one request opens and looks through: each is a decryption and the work of showing it. */
const MOST_LOOKED_AT = 500;

/** A page of what was found by its text, and how far the search has come. */
export interface TextPage {
  readonly found: readonly FoundDelivery[];
  /** Deliveries that were looked through. */
  readonly lookedAt: number;
  /** The last one of these; `undefined` when nothing is left to look at. */
  readonly goesOnAfter: FoundDelivery | undefined;
}

/**
 * Finds the deliveries that show a text, newest first. No index has it, since what is stored may be
 * sealed: what the other filters find is looked through one by one, so many at most, and the page says how
 * far that went.
 *
 * @param present What the caller may see of a delivery.
 */
export async function searchText(
  request: SearchRequest,
  text: string,
  reader: Pick<LogReader, "search" | "records">,
  present: (record: DeliveryRecord) => Promise<unknown>,
): Promise<TextPage> {
  const found: FoundDelivery[] = [];
  let lookedAt = 0;
  let after: ListPosition | undefined = request.after;
  for (;;) {
    const limit = Math.min(PAGE, MOST_LOOKED_AT - lookedAt);
    const candidates = await reader.search({ ...request, limit, after });
    const records = await reader.records(candidates.map(({ id }) => id));
    const byId = new Map(records.map((record) => [record.id, record]));
    for (const candidate of candidates) {
      lookedAt++;
      // Of what runs there is no record yet, and no text.
      const record = byId.get(candidate.id);
      if (record === undefined || !showsText(await present(record), text)) continue;
      found.push(candidate);
      if (found.length === request.limit) return { found, lookedAt, goesOnAfter: candidate };
    }
    const last = candidates.at(-1);
    if (last === undefined || candidates.length < limit)
      return { found, lookedAt, goesOnAfter: undefined };
    if (lookedAt >= MOST_LOOKED_AT) return { found, lookedAt, goesOnAfter: last };
    after = last;
  }
}

/** Whether a text stands in any value of what is shown, large and small letters alike. */
export function showsText(shown: unknown, text: string): boolean {
  return textsOf(shown).some((each) => each.toLowerCase().includes(text.toLowerCase()));
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    // The body once more: in base64 nearly every short text is found by chance.
    name === "raw_body" ? [] : textsOf(each),
  );
}
