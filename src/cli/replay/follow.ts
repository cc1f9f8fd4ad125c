import { setTimeout as sleep } from "node:timers/promises";
import type { LogFailure } from "../log/answer.ts";
import { askLog } from "../log/client.ts";
import { isPassing } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { isOver, readPlan, type ReplayPlan } from "./plan.ts";

const LOOK_EVERY_MS = 500;
/** So long a Hookswitch may be away: a deploy or a full ledger passes, and the plan goes on without anybody who watches. */
const PATIENCE_MS = 30_000;

/** How following a plan ended. `plan` is what was last heard of it. */
export type Followed =
  | { readonly kind: "over" | "stopped"; readonly plan: ReplayPlan }
  | { readonly kind: "lost"; readonly plan: ReplayPlan; readonly failure: LogFailure };

/**
 * Looks at a plan until it is over, and has each look shown. Never rejects.
 *
 * @param stop Ends it, with `stopped`; the plan itself goes on.
 */
export async function followPlan(
  plan: ReplayPlan,
  server: LogServer,
  show: (plan: ReplayPlan) => void,
  stop: AbortSignal,
): Promise<Followed> {
  let last = plan;
  let heardAtMs = performance.now();
  show(last);
  while (!isOver(last)) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return { kind: "stopped", plan: last };
    const looked = await askLog(server, {
      method: "GET",
      path: `/replays/${encodeURIComponent(plan.id)}`,
      read: readPlan,
      signal: stop,
    });
    if (stop.aborted) return { kind: "stopped", plan: last };
    if (looked.ok) {
      last = looked.value;
      heardAtMs = performance.now();
    } else if (!isPassing(looked.error) || performance.now() - heardAtMs > PATIENCE_MS) {
      return { kind: "lost", plan: last, failure: looked.error };
    }
    show(last);
  }
  return { kind: "over", plan: last };
}
