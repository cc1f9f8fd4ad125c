import type { Io } from "../io.ts";
import { handled, type ReplayPlan } from "./plan.ts";
import { progressBar, progressLine } from "./progress-line.ts";

/** Where a terminal is missing a line is written so often, ms. */
const LINE_EVERY_MS = 5_000;

/** Tells how far a plan has come. */
export interface Progress {
  readonly show: (plan: ReplayPlan) => void;
  /** Leaves an empty line for what is printed next. */
  readonly clear: () => void;
}

/** Tells it on standard error: redraws a bar on a terminal, writes a line now and then elsewhere. */
export function startProgress(plan: ReplayPlan, { screen, err }: Io): Progress {
  const handledBefore = handled(plan);
  const startedAtMs = performance.now();
  let lineDueAtMs = startedAtMs;
  return {
    show: (now) => {
      const elapsedMs = performance.now() - startedAtMs;
      if (screen !== undefined) {
        const columns = screen.columns();
        screen.redraw(progressBar({ plan: now, handledBefore, elapsedMs, columns }));
      } else if (startedAtMs + elapsedMs >= lineDueAtMs) {
        lineDueAtMs = startedAtMs + elapsedMs + LINE_EVERY_MS;
        err(progressLine(now));
      }
    },
    clear: () => screen?.redraw(""),
  };
}
