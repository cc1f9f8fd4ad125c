import type { Claim } from "./claim-rules.ts";
import { claimedDelivery, claimedSummary } from "./claimed-delivery.ts";
import type { Claims } from "./claims.edge.ts";
import { dayOf } from "./days.ts";
import type { DeliveryRecord } from "./delivery.ts";
import type { NumberHashes } from "./number-hashes.edge.ts";
import {
  byNewest,
  isMatch,
  mergePages,
  type FoundDelivery,
  type SearchFilters,
  type SearchRequest,
} from "./search.ts";
import type { Tables } from "./tables.edge.ts";

/** The deliveries as the log lists them: what is written, and before it what is only claimed yet. */
export class Listing {
  readonly #tables: Tables;
  readonly #claims: Claims;
  readonly #numbers: NumberHashes;

  constructor(tables: Tables, claims: Claims, numbers: NumberHashes) {
    this.#tables = tables;
    this.#claims = claims;
    this.#numbers = numbers;
  }

  /** One delivery, whole; a running one as far as it is known. */
  find(deliveryId: string, nowMs: number): DeliveryRecord | undefined {
    const record = this.#tables.findDelivery(deliveryId);
    if (record !== undefined) return record;
    const claim = this.#claimed(nowMs).find((running) => running.deliveryId === deliveryId);
    return claim === undefined
      ? this.#tables.findDelivery(deliveryId) // looking for claims has written those that are over
      : claimedDelivery(claim, nowMs);
  }

  /** Some deliveries, whole. */
  records(deliveryIds: readonly string[]): readonly DeliveryRecord[] {
    return deliveryIds.flatMap((id) => this.#tables.findDelivery(id) ?? []);
  }

  /** One page of the list, newest first. */
  search(asked: SearchRequest, nowMs: number): readonly FoundDelivery[] {
    const request = { ...asked, filters: this.#numbers.filters(asked.filters) };
    let found: readonly FoundDelivery[] = this.#claimedAs(request, nowMs)
      .toSorted(byNewest)
      .slice(0, request.limit);
    for (const { day, page } of this.#tables.search(request)) {
      found = mergePages([page, found], request.limit);
      const last = found[request.limit - 1];
      if (last !== undefined && dayOf(last.receivedAtMs) >= day) break;
    }
    return found;
  }

  /** How many run that one of some filters finds; their numbers are hashed already. */
  running(wanted: readonly SearchFilters[], nowMs: number): number {
    const found = wanted.flatMap((filters) =>
      this.#claimedAs({ filters, limit: 1, after: undefined }, nowMs),
    );
    return new Set(found.map(({ id }) => id)).size;
  }

  #claimedAs(request: SearchRequest, nowMs: number): readonly FoundDelivery[] {
    return this.#claimed(nowMs)
      .map((claim) => claimedSummary(claim, nowMs))
      .filter((summary) => isMatch(summary, request));
  }

  #claimed(nowMs: number): readonly Claim[] {
    return this.#claims.running(nowMs).filter(({ isListed }) => isListed);
  }
}
