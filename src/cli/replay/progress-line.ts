import { handled, type ReplayPlan } from "./plan.ts";
import { countsText } from "./plan-text.ts";

/** Of the bar. */
const MAX_CELLS = 30;
/** With fewer of them a bar tells nothing that the counts do not. */
const MIN_CELLS = 10;

/** How far a plan has come, for a log: one line, nothing to be redrawn. */
export function progressLine(plan: ReplayPlan): string {
  return `${handled(plan)} of ${plan.deliveries}: ${countsText(plan)}`;
}

/**
 * How far a plan has come, as a bar with its counts.
 *
 * @param input.handledBefore How many were done with when watching began.
 * @param input.elapsedMs Since then.
 * @param input.columns Of the terminal. The text is shorter, so that the cursor stays on its line.
 */
export function progressBar(input: {
  readonly plan: ReplayPlan;
  readonly handledBefore: number;
  readonly elapsedMs: number;
  readonly columns: number;
}): string {
  const { plan, columns } = input;
  const done = handled(plan);
  const counts = `${done}/${plan.deliveries}  ${countsText(plan)}`;
  const leftMs = remainingMs(input);
  const words = leftMs === undefined ? counts : `${counts}  ${durationText(leftMs)} left`;
  // Room for the time is left from the beginning: the bar keeps its length when it comes.
  const cells = Math.min(MAX_CELLS, columns - 1 - counts.length - "[]    90 min left".length);
  if (cells < MIN_CELLS) return words.slice(0, Math.max(0, columns - 1));
  const share = plan.deliveries === 0 ? 1 : Math.min(1, done / plan.deliveries);
  const full = Math.floor(cells * share);
  const bar = `[${"#".repeat(full)}${".".repeat(cells - full)}]  ${words}`;
  return bar.slice(0, columns - 1); // a time that is longer than its room: a plan that all but stands still
}

/** At the pace so far; `undefined` before there is one, and when nothing is left. */
function remainingMs({
  plan,
  handledBefore,
  elapsedMs,
}: Parameters<typeof progressBar>[0]): number | undefined {
  const done = handled(plan) - handledBefore;
  const left = plan.deliveries - handled(plan);
  return done <= 0 || left <= 0 ? undefined : (left * elapsedMs) / done;
}

/** Rounded up, in the unit that fits. */
function durationText(ms: number): string {
  if (ms <= 90_000) return `${Math.ceil(ms / 1_000)} s`;
  if (ms <= 5_400_000) return `${Math.ceil(ms / 60_000)} min`;
  return `${Math.ceil(ms / 3_600_000)} h`;
}
