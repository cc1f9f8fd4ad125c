import type { Io } from "../io.ts";
import type { LogFailure } from "../log/answer.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { cancelPlan } from "./cancel.ts";
import { followPlan } from "./follow.ts";
import { type Interrupts, takeInterrupts } from "./interrupts.ts";
import { isAllDelivered, readPlan, type ReplayPlan } from "./plan.ts";
import { resumeCommand, summaryLine } from "./plan-text.ts";
import { startProgress } from "./progress.ts";

/** How a plan is run. */
export interface PlanRun {
  readonly plan: ReplayPlan;
  /** Deliveries a second, 1–100. */
  readonly rate: number;
  readonly isJson: boolean;
}

/**
 * Runs a plan at the Worker and follows it to its end; Ctrl-C cancels it there.
 *
 * @returns The exit code: 0 when all were delivered, else 1.
 */
export async function runPlan(run: PlanRun, server: LogServer, io: Io): Promise<number> {
  const interrupts = takeInterrupts(io);
  const { plan, failure } = await runToEnd(run, server, interrupts, io);
  interrupts.end();
  if (failure !== undefined) {
    io.err(`error: ${failureLine(failure, { ...server, subject: `plan ${plan.id}` })}`);
  }
  if (plan.state === "running") io.err("the plan may go on without anybody who watches");
  if (plan.state !== "done") io.err(`to go on: ${resumeCommand(plan, server.namedUrl)}`);
  io.out(run.isJson ? JSON.stringify(plan.answer) : summaryLine(plan));
  return isAllDelivered(plan) ? 0 : 1;
}

/** What was last heard of a plan, and what was in the way of hearing more. */
interface RunEnd {
  readonly plan: ReplayPlan;
  readonly failure?: LogFailure;
}

async function runToEnd(
  { plan, rate }: PlanRun,
  server: LogServer,
  { stop, leave }: Interrupts,
  io: Io,
): Promise<RunEnd> {
  const run = await askLog(server, {
    method: "POST",
    path: `/replays/${encodeURIComponent(plan.id)}/run?rate=${rate}`,
    read: readPlan,
    signal: leave,
  });
  // Whether an unanswered one runs is not known: it is cancelled all the same.
  if (!run.ok && !stop.aborted) return { plan, failure: run.error };
  const started = run.ok ? run.value : plan;
  const progress = startProgress(started, io);
  const followed = await followPlan(started, server, progress.show, stop);
  progress.clear();
  if (followed.kind === "lost") return followed;
  if (followed.kind === "over") return { plan: followed.plan };
  io.err("cancelling the plan");
  const cancelled = await cancelPlan(plan, server, leave);
  return cancelled.ok
    ? { plan: cancelled.value }
    : { plan: followed.plan, failure: cancelled.error };
}
