import type { AlertState } from "../alerts/evaluate.ts";
import type { Tables } from "./tables.edge.ts";

/** What alerts remember from run to run: one row, in the first shard. */
export class AlertTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** `undefined` before the first run. */
  read(): AlertState | undefined {
    if (!this.#tables.hasLasting("alerts")) return undefined;
    const [row] = this.#tables.read<{ state: string }>("SELECT state FROM alerts WHERE id = 0");
    return row === undefined ? undefined : JSON.parse(row.state);
  }

  /** Inside of a transaction. One row. */
  write(state: AlertState): void {
    this.#tables.ensureLasting("alerts", "(id INTEGER PRIMARY KEY, state TEXT NOT NULL)");
    this.#tables.write("INSERT OR REPLACE INTO alerts VALUES (0, ?)", JSON.stringify(state));
  }
}
