import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** Where a plan can be. */
export type PlanState = "planned" | "running" | "cancelled" | "done";

/** Many deliveries that the Worker sends again, one after the other. */
export interface ReplayPlan {
  readonly id: string;
  readonly state: PlanState;
  /** By which they were chosen, in the API's spelling. */
  readonly filters: readonly (readonly [name: string, value: string])[];
  /** How many there are in all. */
  readonly deliveries: number;
  /** How many of each origin. */
  readonly origins: readonly (readonly [name: string, deliveries: number])[];
  /** When the first one was received, ISO 8601; `undefined` when there are none. */
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
  /** Deliveries a second over all; `undefined` before it was ever run. */
  readonly rate: number | undefined;
  /** How many were taken up so far; each is `delivered` or `failed` once its attempt is over. */
  readonly sent: number;
  /** How many cannot be sent. */
  readonly skipped: number;
  readonly delivered: number;
  readonly failed: number;
  /** As the API told it, for `--json`. */
  readonly answer: Table;
}

/** Reads a plan as the API tells it; `undefined` when it has another form. */
export function readPlan(answer: Table): ReplayPlan | undefined {
  const id = textOf(answer["id"]);
  const state = stateOf(answer["state"]);
  const { filters, origins } = answer;
  const [deliveries, sent, skipped, delivered, failed] = COUNTS.map((name) =>
    countOf(answer[name]),
  );
  if (id === undefined || state === undefined || !isTable(filters) || !isTable(origins)) {
    return undefined;
  }
  if (deliveries === undefined || sent === undefined || skipped === undefined) return undefined;
  if (delivered === undefined || failed === undefined) return undefined;
  return {
    id,
    state,
    filters: Object.entries(filters).map(([name, value]) => [
      name,
      textOf(value) ?? JSON.stringify(value),
    ]),
    deliveries,
    origins: Object.entries(origins).map(([name, count]) => [name, countOf(count) ?? 0]),
    oldest: textOf(answer["oldest"]),
    newest: textOf(answer["newest"]),
    rate: countOf(answer["rate"]),
    sent,
    skipped,
    delivered,
    failed,
    answer,
  };
}

const COUNTS = ["deliveries", "sent", "skipped", "delivered", "failed"] as const;

function stateOf(value: unknown): PlanState | undefined {
  return (["planned", "running", "cancelled", "done"] as const).find((state) => state === value);
}

/** Whether nothing is sent any more, for good or until it is run again. */
export function isOver({ state }: ReplayPlan): boolean {
  return state === "done" || state === "cancelled";
}

/** How many there is nothing more to do for. */
export function handled({ sent, skipped }: ReplayPlan): number {
  return sent + skipped;
}

/** Whether every delivery of the plan has arrived. */
export function isAllDelivered({ state, deliveries, delivered }: ReplayPlan): boolean {
  return state === "done" && delivered === deliveries;
}
