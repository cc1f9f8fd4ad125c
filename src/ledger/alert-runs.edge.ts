import type { AlertState } from "../alerts/evaluate.ts";
import { settle, take, type Outgoing } from "../alerts/outbox.ts";
import type { Breakers } from "../forward/breakers.ts";
import type { Counters } from "./counters.edge.ts";
import type { AlertRequest, AlertSettlement, Measured } from "./protocol.ts";
import type { Queue } from "./queue.edge.ts";
import { isHeard, sum } from "./tally.ts";
import type { Tables } from "./tables.edge.ts";

const MINUTE_MS = 60_000;

/** Works out what is to be told, from what was before and what all shards have measured, the first one first. */
export type Evaluate = (
  before: AlertState | undefined,
  shards: readonly (Measured | undefined)[],
  nowMs: number,
) => AlertState;

/** What alerts are made of. */
export interface AlertRunsInput {
  readonly tables: Tables;
  readonly counters: Counters;
  readonly breakers: Breakers;
  readonly queue: Queue;
  readonly maxStorageBytes: number;
  /** `undefined` where nobody is told. */
  readonly evaluate: Evaluate | undefined;
  /** Does work all or nothing. */
  readonly transact: (nowMs: number, work: () => void) => void;
}

/** What alerts measure in each shard, and what they remember from run to run: one row, in the first one. */
export class AlertRuns {
  readonly #input: AlertRunsInput;

  constructor(input: AlertRunsInput) {
    this.#input = input;
  }

  /** @param windowMs How much is looked back on: whole minutes. */
  measure(windowMs: number, nowMs: number): Measured {
    const { tables, counters, breakers, queue, maxStorageBytes } = this.#input;
    const steps = counters.between({
      sinceMs: nowMs - windowMs,
      untilMs: nowMs + 1,
      stepMs: MINUTE_MS,
    });
    const heard = steps.filter(([, tally]) => isHeard(tally)).map(([atMs]) => atMs);
    return {
      quietMs: heard.length === 0 ? null : Math.max(0, nowMs - Math.max(...heard) - MINUTE_MS),
      storageBytes: tables.storageBytes,
      maxStorageBytes,
      breakers: breakers.states(nowMs),
      queue: queue.counts(nowMs, true),
      tally: sum(steps.map(([, tally]) => tally)),
    };
  }

  /** One run; what it gives is the caller's to send, for a while. */
  run({ windowMs, others }: AlertRequest, nowMs: number): readonly Outgoing[] {
    const { evaluate, transact } = this.#input;
    if (evaluate === undefined) return [];
    const shards = [this.measure(windowMs, nowMs), ...others.map((other) => other ?? undefined)];
    const state = evaluate(this.#read(), shards, nowMs);
    const { taken, outbox } = take(state.outbox, nowMs);
    transact(nowMs, () => this.#write({ ...state, outbox }));
    return taken;
  }

  /** Takes note of what was sent. */
  settle({ takenIds, results }: AlertSettlement, nowMs: number): void {
    const state = this.#read();
    if (state === undefined) return;
    const outbox = settle(state.outbox, takenIds, results, nowMs);
    this.#input.transact(nowMs, () => this.#write({ ...state, outbox }));
  }

  /** `undefined` before the first run. */
  #read(): AlertState | undefined {
    const { tables } = this.#input;
    if (!tables.hasLasting("alerts")) return undefined;
    const [row] = tables.read<{ state: string }>("SELECT state FROM alerts WHERE id = 0");
    return row === undefined ? undefined : JSON.parse(row.state);
  }

  #write(state: AlertState): void {
    const { tables } = this.#input;
    tables.ensureLasting("alerts", "(id INTEGER PRIMARY KEY, state TEXT NOT NULL)");
    tables.write("INSERT OR REPLACE INTO alerts VALUES (0, ?)", JSON.stringify(state));
  }
}
