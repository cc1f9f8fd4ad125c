import type { Claim } from "./claim-rules.ts";
import { dayBefore, dayOf, type Day } from "./days.ts";
import { answerColumns, answerOf } from "./row.ts";
import type { Tables } from "./tables.edge.ts";

type ClaimRow = {
  key: string;
  state: Claim["state"];
  fence: number;
  delivery_id: string;
  origin: string;
  is_listed: number;
  started_at_ms: number;
  ends_at_ms: number;
  answer_status: number | null;
  answer_headers: string | null;
  answer_body: ArrayBuffer | null;
};

/** The SQL of claims: no decisions here. */
export class ClaimTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** What stands under a claim key, today's word before yesterday's. */
  read(key: string, nowMs: number): Claim | undefined {
    for (const day of [dayOf(nowMs), dayBefore(nowMs)]) {
      if (!this.#tables.hasDay(day)) continue;
      const [row] = this.#tables.read<ClaimRow>(`SELECT * FROM claims_${day} WHERE key = ?`, key);
      if (row !== undefined) return toClaim(row);
    }
    return undefined;
  }

  /** Claims without a settle, of any day whose claims are still here. */
  running(): readonly Claim[] {
    return this.#tables.daysOfClaims().flatMap((day) => this.runningOf(day));
  }

  /** Claims of one day without a settle. */
  runningOf(day: Day): readonly Claim[] {
    return this.#tables
      .read<ClaimRow>(`SELECT * FROM claims_${day} WHERE state = 'running'`)
      .map(toClaim);
  }

  /** Writes a claim into today's table, whatever day it began on: today's word is read first. One row. */
  write(claim: Claim, nowMs: number): void {
    const day = dayOf(nowMs);
    this.#tables.ensureDay(day);
    this.#tables.write(
      `INSERT OR REPLACE INTO claims_${day} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      claim.key,
      claim.state,
      claim.fence,
      claim.deliveryId,
      claim.origin,
      claim.isListed ? 1 : 0,
      claim.startedAtMs,
      claim.endsAtMs,
      ...answerColumns(claim.answer),
    );
  }
}

function toClaim(row: ClaimRow): Claim {
  return {
    key: row.key,
    state: row.state,
    fence: row.fence,
    deliveryId: row.delivery_id,
    origin: row.origin,
    isListed: row.is_listed === 1,
    startedAtMs: row.started_at_ms,
    endsAtMs: row.ends_at_ms,
    answer: answerOf(row),
  };
}
