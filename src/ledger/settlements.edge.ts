import type { Breakers } from "../forward/breakers.ts";
import { countedAs } from "./after-attempt.ts";
import type { Claim } from "./claim-rules.ts";
import type { Claims } from "./claims.edge.ts";
import type { Counters } from "./counters.edge.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { withoutBodies, withoutContents } from "./metadata-only.ts";
import type { NumberHashes } from "./number-hashes.edge.ts";
import type { AttemptSettlement, Settlement, WebhookSettlement } from "./protocol.ts";
import type { Queue } from "./queue.edge.ts";
import type { Replays } from "./replays.edge.ts";
import type { Tables } from "./tables.edge.ts";

/** What settlements are written into. */
export interface SettlementsInput {
  readonly tables: Tables;
  readonly claims: Claims;
  readonly queue: Queue;
  readonly replays: Replays;
  readonly counters: Counters;
  readonly numbers: NumberHashes;
  readonly breakers: Breakers;
  /** Does work all or nothing, with the day's tables in place. */
  readonly transact: (nowMs: number, work: () => void) => void;
  /** Whether only metadata is kept by now. */
  readonly isFull: () => boolean;
  readonly onBug: (error: unknown) => void;
}

/** An attempt that counted. */
export interface SettledAttempt {
  readonly settlement: AttemptSettlement;
  readonly before: DeliveryRecord;
  /** `undefined` when the log keeps nothing of it. */
  readonly after: DeliveryRecord | undefined;
}

/** Writes how webhooks ended, and attempts at what was queued; then tells claims, counters and breakers. */
export class Settlements {
  readonly #input: SettlementsInput;

  constructor(input: SettlementsInput) {
    this.#input = input;
  }

  /** Writes all of them together, or each alone where that cannot be done; throws only where nothing is left to be kept. */
  settleEach(settlements: readonly Settlement[], nowMs: number): readonly SettledAttempt[] {
    try {
      return this.settle(settlements, nowMs);
    } catch (error) {
      // One that cannot be written must not take the others with it, nor its own claim.
      const [only] = settlements;
      if (settlements.length === 1 && (only === undefined || !hasRecord(only))) throw error;
      return settlements.flatMap((settlement) => this.#settleAlone(settlement, nowMs));
    }
  }

  /** Writes all of them in one transaction. */
  settle(settlements: readonly Settlement[], nowMs: number): readonly SettledAttempt[] {
    const { tables, claims, queue, replays, numbers } = this.#input;
    const ended = new Map<string, Claim>();
    const attempts: SettledAttempt[] = [];
    this.#input.transact(nowMs, () => {
      const isFull = this.#input.isFull();
      const records: DeliveryRecord[] = [];
      for (const settlement of settlements) {
        if (isAttempt(settlement)) {
          const kept = isFull ? withoutContents(settlement) : settlement;
          const settled = queue.settle(kept, nowMs);
          if (settled === undefined) continue;
          attempts.push({ settlement, ...settled });
          replays.count(settled.before, settlement.end.kind === "delivered");
        } else if (!this.#wasKept(settlement)) {
          const claim = claims.settled(settlement, ended, nowMs);
          if (claim !== undefined) ended.set(claim.key, claim);
          if (settlement.record === undefined) continue;
          const numberHashes = numbers.of(settlement.parties);
          const record = { ...settlement.record, numberHashes };
          records.push(isFull ? withoutBodies(record) : record);
        }
      }
      // Together: a statement costs more than a row.
      claims.writeEnded([...ended.values()], nowMs);
      tables.writeDeliveries(records);
    });
    // What follows is memory: only what is on disk is told.
    for (const settlement of settlements) this.#count(settlement, nowMs);
    for (const attempt of attempts) this.#countAttempt(attempt, nowMs);
    for (const claim of ended.values()) claims.ended(claim, nowMs);
    return attempts;
  }

  #settleAlone(settlement: Settlement, nowMs: number): readonly SettledAttempt[] {
    try {
      return this.settle([settlement], nowMs);
    } catch (error) {
      if (hasRecord(settlement)) return this.settle([{ ...settlement, record: undefined }], nowMs);
      // An attempt that cannot be written is due again when its lease is over.
      this.#input.onBug(error);
      return [];
    }
  }

  #count(settlement: Settlement, nowMs: number): void {
    const { counters, breakers } = this.#input;
    if (!isAttempt(settlement)) {
      const { reason = "" } = settlement.counted;
      counters.add({ ...settlement.counted, reason, count: 1 }, nowMs);
    }
    const { breaker } = settlement;
    for (const event of breaker?.events ?? []) breakers.feed(breaker?.origin ?? "", event, nowMs);
  }

  /** Only of what was queued: a replay is no webhook more. */
  #countAttempt({ settlement, before }: SettledAttempt, nowMs: number): void {
    const outcome = before.outcome === "queued" ? countedAs(settlement.end) : undefined;
    if (outcome === undefined) return;
    const { origin = "" } = before;
    const { outcome: attempt, durationMs: originMs } = settlement.attempt;
    const errorCode = attempt.kind === "failed" ? attempt.twilioCode : undefined;
    const counted = { origin, outcome, reason: "", count: 1, errorCode, originMs };
    this.#input.counters.add(counted, nowMs);
  }

  /**
   * Whether a webhook that its Worker gave up on was kept after all, and is queued, delivered or dead: the
   * ledger's word came too late for it. Then it is neither failed nor forgotten.
   */
  #wasKept({ counted, deliveryId }: WebhookSettlement): boolean {
    if (counted.outcome !== "failed") return false;
    const known = this.#input.tables.findDelivery(deliveryId)?.outcome;
    return known === "queued" || known === "delivered" || known === "dead";
  }
}

function isAttempt(settlement: Settlement): settlement is AttemptSettlement {
  return "lease" in settlement;
}

function hasRecord(
  settlement: Settlement,
): settlement is WebhookSettlement & { readonly record: DeliveryRecord } {
  return !isAttempt(settlement) && settlement.record !== undefined;
}
