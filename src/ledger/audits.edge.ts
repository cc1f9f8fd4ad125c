import type { Audit } from "./protocol.ts";
import type { Tables } from "./tables.edge.ts";

type AuditRow = { at_ms: number; who: string; address: string; action: string; about: string };

/** Who has seen, sent again or erased what: one row each, in the first shard. */
export class Audits {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Writes one down, inside of a transaction. One row. */
  write({ atMs, who, address, action, about }: Audit): void {
    this.#tables.ensureLasting(
      "audits",
      `(number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL,
        action TEXT NOT NULL, about TEXT NOT NULL)`,
    );
    this.#tables.write(
      "INSERT INTO audits (at_ms, who, address, action, about) VALUES (?, ?, ?, ?, ?)",
      atMs,
      who,
      address,
      action,
      about,
    );
  }

  /** The newest, newest first. */
  newest(limit: number): readonly Audit[] {
    if (!this.#tables.hasLasting("audits")) return [];
    return this.#tables
      .read<AuditRow>("SELECT * FROM audits ORDER BY number DESC LIMIT ?", limit)
      .map(({ at_ms: atMs, who, address, action, about }) => ({
        atMs,
        who,
        address,
        // oxlint-disable-next-line no-unsafe-type-assertion -- written by write() only
        action: action as Audit["action"],
        about,
      }));
  }

  /** Forgets what is older than the log. */
  dropBefore(atMs: number): void {
    if (this.#tables.hasLasting("audits"))
      this.#tables.write("DELETE FROM audits WHERE at_ms < ?", atMs);
  }
}
