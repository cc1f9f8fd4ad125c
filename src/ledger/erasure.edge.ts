import type { Erased } from "./protocol.ts";
import { sequencesOf, type ListPosition } from "./row.ts";
import type { SearchFilters } from "./search.ts";
import type { Tables } from "./tables.edge.ts";

/** Deliveries that are looked at together. */
const PAGE = 200;

/**
 * Takes what filters find out of the log, and with it the answers that are kept for its duplicates, inside
 * of a transaction. What is still to be sent stays: Twilio was told that it is kept.
 *
 * @param wanted Each is erased on its own: what any of them finds.
 * @param limit The most that is erased at once, so that webhooks do not wait for long.
 */
export function erase(tables: Tables, wanted: readonly SearchFilters[], limit: number): Erased {
  const erased: string[] = [];
  const kept = new Set<string>();
  let isComplete = true;
  for (const filters of wanted) {
    let after: ListPosition | undefined;
    for (;;) {
      const found = newest(tables, filters, after);
      const room = limit - erased.length;
      for (const { id, isPending } of found.slice(0, room)) {
        if (isPending) kept.add(id);
        else {
          remove(tables, id);
          erased.push(id);
        }
      }
      if (found.length > room) isComplete = false;
      after = found.at(-1);
      if (!isComplete || found.length < PAGE) break;
    }
  }
  return {
    erased: erased.length,
    underWay: kept.size,
    isComplete,
    claimKeys: removeClaims(tables, erased),
  };
}

function newest(
  tables: Tables,
  filters: SearchFilters,
  after: ListPosition | undefined,
): readonly { readonly id: string; readonly seq: number; readonly isPending: boolean }[] {
  // A page may be short of what another day has, and never of what it has itself.
  const pages = [...tables.search({ filters, limit: PAGE, after })].flatMap(({ page }) => page);
  return pages
    .toSorted((a, b) => b.seq - a.seq || (a.id < b.id ? 1 : -1))
    .slice(0, PAGE)
    .map(({ id, seq, pending }) => ({ id, seq, isPending: pending !== undefined }));
}

function remove(tables: Tables, id: string): void {
  const { first, end } = sequencesOf(id);
  const day = tables.dayOfDelivery(id);
  for (const kind of ["deliveries", "refusals"])
    tables.write(
      `DELETE FROM ${kind}_${day} WHERE seq >= ? AND seq < ? AND id = ?`,
      first,
      end,
      id,
    );
}

function removeClaims(tables: Tables, deliveryIds: readonly string[]): readonly string[] {
  if (deliveryIds.length === 0) return [];
  return tables.daysOfClaims().flatMap((day) => {
    const where = `delivery_id IN (SELECT value FROM json_each(?)) AND state <> 'running'`;
    const ids = JSON.stringify(deliveryIds);
    const keys = tables.read<{ key: string }>(`SELECT key FROM claims_${day} WHERE ${where}`, ids);
    if (keys.length > 0) tables.write(`DELETE FROM claims_${day} WHERE ${where}`, ids);
    return keys.map(({ key }) => key);
  });
}
