import { setTimeout as sleep } from "node:timers/promises";
import type { Result } from "../../shared/result.ts";
import type { LogFailure } from "../log/answer.ts";
import { askLog } from "../log/client.ts";
import { isPassing } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { readPlan, type ReplayPlan } from "./plan.ts";

/** Whoever cancels wants nothing more to be sent: one lost request must not decide on it. */
const TRIES = 5;
const TRY_AGAIN_AFTER_MS = 1_000;

/** Cancels a plan at the Worker; doing so twice does no harm. `leave` breaks it off. Never rejects. */
export async function cancelPlan(
  { id }: ReplayPlan,
  server: LogServer,
  leave: AbortSignal,
): Promise<Result<ReplayPlan, LogFailure>> {
  const path = `/replays/${encodeURIComponent(id)}/cancel`;
  for (let tried = 1; ; tried += 1) {
    const cancelled = await askLog(server, { method: "POST", path, read: readPlan, signal: leave });
    if (cancelled.ok || tried === TRIES || leave.aborted) return cancelled;
    if (!isPassing(cancelled.error) && cancelled.error.reason !== "unfinished") return cancelled;
    await sleep(TRY_AGAIN_AFTER_MS, undefined, { signal: leave }).catch(() => {});
  }
}
