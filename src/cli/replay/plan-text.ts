import { oneLine } from "../printable.ts";
import { handled, type ReplayPlan } from "./plan.ts";

/** A plan in lines for whoever decides on it. */
export function planText(plan: ReplayPlan): string {
  const { id, state, filters, deliveries, origins, oldest, newest } = plan;
  const chosen = filters.map(([name, value]) => `${name}=${value}`).join(" ");
  const shares = origins
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `Plan ${oneLine(id)}  ${state}`,
    `  chosen by   ${oneLine(chosen) || "nothing: all that is in the log"}`,
    `  deliveries  ${deliveries}`,
    ...(shares.length === 0 ? [] : [`  origins     ${oneLine(shares.join(", "))}`]),
    ...(oldest === undefined ? [] : [`  oldest      ${oneLine(oldest)}`]),
    ...(newest === undefined ? [] : [`  newest      ${oneLine(newest)}`]),
    ...(handled(plan) === 0 ? [] : [`  so far      ${handled(plan)}: ${countsText(plan)}`]),
  ].join("\n");
}

/** What is asked before a plan is run. */
export function planQuestion({ deliveries }: ReplayPlan, rate: number): string {
  const what = deliveries === 1 ? "1 delivery" : `${deliveries} deliveries`;
  return `Send ${what} again at ${rate} a second?`;
}

/** What has become of those that there is nothing more to do for. */
export function countsText({ delivered, failed, skipped }: ReplayPlan): string {
  return `${delivered} delivered, ${failed} failed, ${skipped} skipped`;
}

/**
 * The command line that goes on with a plan.
 *
 * @param url Of its Hookswitch, where it must be named; `undefined` where the same one is found without.
 */
export function resumeCommand({ id }: ReplayPlan, url: string | undefined): string {
  return `npx hookswitch replay --resume ${oneLine(id)}${url === undefined ? "" : ` --url ${url}`}`;
}

/** How a plan ended, or how far it has come, in one line. */
export function summaryLine(plan: ReplayPlan): string {
  const { state, deliveries } = plan;
  const done = handled(plan);
  const isWhole = done === deliveries;
  return `${state}: ${isWhole ? `all ${done}` : `${done} of ${deliveries}`}: ${countsText(plan)}`;
}
