import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { askYesNo } from "../prompt.ts";
import type { ReplayChoice } from "./choice.ts";
import { readPlan, type ReplayPlan } from "./plan.ts";
import { planQuestion, planText, resumeCommand } from "./plan-text.ts";
import { runPlan } from "./run-plan.ts";

/**
 * Makes a plan of all deliveries that match, shows it, asks, and runs it.
 *
 * @returns The exit code: 0 when all were delivered or there are none, 1 when not or the answer was no, 2
 *   when there was nobody to ask.
 */
export async function replayMany(
  { filters, rate, isSure }: Extract<ReplayChoice, { kind: "many" }>,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const query = new URLSearchParams(filters.map(([name, text]) => [name, text]));
  const made = await askLog(server, {
    method: "POST",
    path: `/replays?${query.toString()}`,
    read: readPlan,
  });
  if (!made.ok) {
    io.err(`error: ${failureLine(made.error, { ...server, subject: "the plan" })}`);
    return 1;
  }
  const plan = made.value;
  // Standard output is the object's with --json; who is asked must see it all the same.
  const tell = isJson ? io.err : io.out;
  tell(planText(plan));
  if (plan.deliveries === 0) {
    tell("nothing to send");
    return notRun(plan, 0, isJson, io);
  }
  const isWanted = isSure || (await askYesNo(planQuestion(plan, rate), io));
  if (isWanted === true) return runPlan({ plan, rate, isJson }, server, io);
  io.err(
    isWanted === undefined
      ? "error: nothing was sent, there is no terminal to ask on: say --yes, or run this plan"
      : "nothing was sent",
  );
  io.err(`to run this plan: ${resumeCommand(plan, server.namedUrl)}`);
  return notRun(plan, isWanted === undefined ? 2 : 1, isJson, io);
}

function notRun(plan: ReplayPlan, exitCode: number, isJson: boolean, io: Io): number {
  if (isJson) io.out(JSON.stringify(plan.answer));
  return exitCode;
}
