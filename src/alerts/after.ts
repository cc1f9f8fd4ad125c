import type { Config } from "../config/types.ts";
import type { Measured } from "../ledger/protocol.ts";
import { evaluate, firstState, type AlertState } from "./evaluate.ts";

type Configured = Pick<Config, "alerts" | "origins" | "reportOrigins" | "problems">;

/** From one run of alerts to the next; `undefined` before the first one. */
type NextState = (
  before: AlertState | undefined,
  shards: readonly (Measured | undefined)[],
  nowMs: number,
) => AlertState;

/** How the ledger goes from one run to the next, by the configuration; `undefined` where nobody is told. */
export function alertsAfter({
  alerts,
  origins,
  reportOrigins,
  problems,
}: Configured): NextState | undefined {
  if (alerts === undefined) return undefined;
  const watched = [
    ...origins.map(({ name, queue, target }) => ({
      name,
      budgetMs: queue === undefined ? target.overrides.budgetMs : undefined,
    })),
    ...reportOrigins.map(({ name }) => ({ name, budgetMs: undefined })),
  ];
  const problemKeys = problems.map(({ key }) => key);
  const { windowMs } = alerts;
  return (before, shards, nowMs) =>
    evaluate(
      before ?? firstState(nowMs),
      { shards, origins: watched, problemKeys, windowMs },
      alerts,
      nowMs,
    );
}
