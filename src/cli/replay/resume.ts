import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { DEFAULT_RATE, type ReplayChoice } from "./choice.ts";
import { isAllDelivered, readPlan } from "./plan.ts";
import { planText, summaryLine } from "./plan-text.ts";
import { runPlan } from "./run-plan.ts";

/**
 * Runs a plan that was made before, or goes on with it where it stopped. Asks nothing: whoever names a plan
 * has seen it.
 *
 * @returns The exit code: 0 when all were delivered, over all its runs, else 1.
 */
export async function resumePlan(
  { planId, rate }: Extract<ReplayChoice, { kind: "resume" }>,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const found = await askLog(server, {
    method: "GET",
    path: `/replays/${planId}`,
    read: readPlan,
  });
  if (!found.ok) {
    io.err(`error: ${failureLine(found.error, { ...server, subject: `plan ${planId}` })}`);
    return 1;
  }
  const plan = found.value;
  if (plan.state === "done") {
    io.out(isJson ? JSON.stringify(plan.answer) : summaryLine(plan));
    return isAllDelivered(plan) ? 0 : 1;
  }
  const tell = isJson ? io.err : io.out;
  tell(planText(plan));
  return runPlan({ plan, rate: rate ?? plan.rate ?? DEFAULT_RATE, isJson }, server, io);
}
