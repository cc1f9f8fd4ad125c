import { readPlan, type ReplayPlan } from "../../src/cli/replay/plan.ts";

/** A plan as the API shows it, with what a test says of it. */
export function shownPlan(
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: "P1",
    state: "running",
    created_at: "2026-11-24T03:00:00.000Z",
    filters: { outcome: "dead", since: "2h" },
    deliveries: 120,
    origins: { status: 20, sms: 100 },
    oldest: "2026-11-24T01:00:00.000Z",
    newest: "2026-11-24T02:30:00.000Z",
    rate: 10,
    sent: 43,
    skipped: 2,
    delivered: 40,
    failed: 3,
    ...more,
  };
}

/** The same, read. */
export function planOf(more: Readonly<Record<string, unknown>> = {}): ReplayPlan {
  const plan = readPlan(shownPlan(more));
  if (plan === undefined) throw new Error(`Cannot read a plan with ${JSON.stringify(more)}`);
  return plan;
}
