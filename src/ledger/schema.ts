import type { Day } from "./days.ts";
import { termsSchema } from "./terms.ts";

/**
 * The tables of a day. Every UTC day has its own, since dropping a table writes no rows and deleting
 * does; rows written are the bill.
 *
 * `claims` is short-lived (today's and yesterday's count) and has its key as its only index, so that a
 * claim costs one row and its settle another. `deliveries` is written once a delivery, when it is
 * over, in the order of receipt; a queued one is written before that as well, and the index of what is
 * still to be sent costs a row for these alone. `terms` finds a delivery by what is filtered on
 * (`terms.ts`). `refusals` is a ring, so that a flood cannot fill it, and `rollups` counts, what the ring
 * does not hold too. `counts` is what 0.1.0 counted in: it is read, and made so that 0.1.0 finds it.
 */
export function daySchema(day: Day): string {
  return `
    CREATE TABLE IF NOT EXISTS claims_${day} (
      key TEXT PRIMARY KEY, state TEXT NOT NULL, fence INTEGER NOT NULL, delivery_id TEXT NOT NULL,
      origin TEXT NOT NULL, is_listed INTEGER NOT NULL, started_at_ms INTEGER NOT NULL, ends_at_ms INTEGER NOT NULL,
      answer_status INTEGER, answer_headers TEXT, answer_body BLOB
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS deliveries_${day} (seq INTEGER PRIMARY KEY, ${deliveryColumns});
    ${pendingIndex(day)}
    ${termsSchema(day)}
    CREATE TABLE IF NOT EXISTS refusals_${day} (
      slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ${deliveryColumns});
    ${rollupsSchema(day)}
    CREATE TABLE IF NOT EXISTS counts_${day} (
      origin TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (origin, outcome, reason)
    ) WITHOUT ROWID;`;
}

/** A row an hour; days of 0.1.0 are given one too. */
export function rollupsSchema(day: Day): string {
  return `CREATE TABLE IF NOT EXISTS rollups_${day} (
    at_ms INTEGER PRIMARY KEY, total TEXT NOT NULL, minutes TEXT NOT NULL);`;
}

// What is filtered on comes first, what may be large last: a scan does not read the large pages.
const smallColumns = `
  id TEXT NOT NULL, outcome TEXT NOT NULL, origin TEXT, received_at_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
  account_sid TEXT, twilio_status TEXT, http_status INTEGER NOT NULL, error_code INTEGER, sids TEXT NOT NULL,
  attempts INTEGER NOT NULL, detail TEXT NOT NULL`;
const addedColumns = ["numbers TEXT", "due_at_ms INTEGER", "lease INTEGER", "sealed_with TEXT"];
const largeColumns = `request_body BLOB, answer_status INTEGER, answer_headers TEXT, answer_body BLOB`;
const storedColumn = "stored BLOB";
const deliveryColumns = [smallColumns, ...addedColumns, largeColumns, storedColumn].join(", ");

/** Due webhooks of an origin in their order, and whether they can be opened, without a look into the table. */
function pendingIndex(day: Day): string {
  return `CREATE INDEX IF NOT EXISTS pending_${day} ON deliveries_${day} (origin, sealed_with, due_at_ms)
    WHERE due_at_ms IS NOT NULL;`;
}

/**
 * Brings a table of 0.1.0 up to date. That release goes on reading and writing it: it names its columns.
 * Such a day has no `terms`: it is gone through row by row until it is dropped.
 * @param sql What made the table, from `sqlite_master`.
 * @returns `undefined` when there is nothing to do.
 */
export function upgradeOf(kind: string, day: Day, sql: string): string | undefined {
  if ((kind !== "deliveries" && kind !== "refusals") || sql.includes("due_at_ms")) return undefined;
  const added = [...addedColumns, storedColumn].map(
    (column) => `ALTER TABLE ${kind}_${day} ADD COLUMN ${column};`,
  );
  const more = kind === "deliveries" ? [pendingIndex(day), rollupsSchema(day)] : [];
  return [...added, ...more].join("\n");
}

/** Matches the tables of `daySchema` and takes their name apart. */
export const DAY_TABLE = /^(claims|deliveries|refusals|counts|rollups|terms)_(\d{8})$/;
