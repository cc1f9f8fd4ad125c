import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { followPlan } from "./follow.ts";
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
 * Runs a plan at the Worker and follows it to its end.
 *
 * @returns The exit code: 0 when all were delivered, else 1.
 */
export async function runPlan(
  { plan, rate, isJson }: PlanRun,
  server: LogServer,
  io: Io,
): Promise<number> {
  const about = { ...server, subject: `plan ${plan.id}` };
  const run = await askLog(server, {
    method: "POST",
    path: `/replays/${encodeURIComponent(plan.id)}/run?rate=${rate}`,
    read: readPlan,
  });
  if (!run.ok) {
    io.err(`error: ${failureLine(run.error, about)}`);
    io.err(`to go on: ${resumeCommand(plan, server.namedUrl)}`);
    if (isJson) io.out(JSON.stringify(plan.answer));
    return 1;
  }
  const progress = startProgress(run.value, io);
  const followed = await followPlan(run.value, server, progress.show);
  progress.clear();
  if (followed.kind === "lost") {
    io.err(`error: ${failureLine(followed.failure, about)}`);
    io.err("the plan may go on without anybody who watches");
  }
  const { plan: last } = followed;
  if (last.state !== "done") io.err(`to go on: ${resumeCommand(last, server.namedUrl)}`);
  io.out(isJson ? JSON.stringify(last.answer) : summaryLine(last));
  return isAllDelivered(last) ? 0 : 1;
}
