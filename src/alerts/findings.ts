import type { AlertRules } from "../config/alerts-types.ts";
import { sum } from "../ledger/tally.ts";
import { findEvents } from "./events.ts";
import { findBudget, findFailing, findRefusals } from "./find-rates.ts";
import {
  findBacklog,
  findBreakers,
  findConfiguration,
  findLedger,
  findStorage,
} from "./find-states.ts";
import type { Measurement } from "./measurement.ts";
import type { Finding } from "./rules.ts";

/**
 * Says of each rule what is bad now and what is well. Silence, which needs a memory, aside.
 * @param sinceLastMs Since the last run.
 */
export function findAll(
  measured: Measurement,
  rules: AlertRules,
  sinceLastMs: number,
): readonly Finding[] {
  const reached = measured.shards.filter((shard) => shard !== undefined);
  const tally = sum(reached.map((shard) => shard.tally));
  return [
    ...(rules.ledger ? findLedger(measured.shards) : []),
    ...(rules.configuration ? [findConfiguration(measured.problemKeys)] : []),
    ...findFailing(tally, measured, rules.failing),
    ...findRefusals(tally, measured, rules.refusals),
    ...findBudget(tally, measured, rules.budget),
    ...(rules.breaker ? findBreakers(reached, sinceLastMs) : []),
    ...findBacklog(measured, rules.backlogMs),
    ...findStorage(measured.shards, rules.storage),
    ...findEvents(tally, (rule) => rules[rule]),
  ];
}
