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
    return this.readAll([key], nowMs).get(key);
  }

  /** The same for several keys, by one statement. At most 64. */
  readAll(keys: readonly string[], nowMs: number): ReadonlyMap<string, Claim> {
    const days = [dayBefore(nowMs), dayOf(nowMs)].filter((day) => this.#tables.hasDay(day));
    if (days.length === 0 || keys.length === 0) return new Map();
    const places = keys.map((_key, index) => `?${index + 1}`).join(", ");
    const ofDay = (day: Day): string => `SELECT * FROM claims_${day} WHERE key IN (${places})`;
    const rows = this.#tables.read<ClaimRow>(days.map(ofDay).join(" UNION ALL "), ...keys);
    return new Map(rows.map((row) => [row.key, toClaim(row)]));
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

  /** Writes claims into today's table, whatever day they began on: today's word is read first. One row each. */
  write(claims: readonly Claim[], nowMs: number): void {
    const day = dayOf(nowMs);
    this.#tables.ensureDay(day);
    this.#tables.writeRows(
      `INSERT OR REPLACE INTO claims_${day}`,
      claims.map((claim) => [
        claim.key,
        claim.state,
        claim.fence,
        claim.deliveryId,
        claim.origin,
        claim.isListed ? 1 : 0,
        claim.startedAtMs,
        claim.endsAtMs,
        ...answerColumns(claim.answer),
      ]),
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
