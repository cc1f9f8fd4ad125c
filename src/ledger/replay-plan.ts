import type { SearchFilters } from "./search.ts";
import type { DeliveryRecord } from "./delivery.ts";
import { keptWebhook } from "../queue/stored-webhook.ts";

/** How a plan stands. */
export type PlanState = "planned" | "running" | "cancelled" | "done";

/** Deliveries to be sent again, as one ledger object has its part of them. */
export interface ReplayPlan {
  readonly id: string;
  readonly state: PlanState;
  /** Epoch ms, the ledger's. What came after it is not in the plan. */
  readonly createdAtMs: number;
  readonly filters: SearchFilters;
  /** How many were found, by origin. */
  readonly origins: Readonly<Record<string, number>>;
  /** Receipt of the first and the last of them, epoch ms; `undefined` when there is none. */
  readonly oldestAtMs: number | undefined;
  readonly newestAtMs: number | undefined;
  /** Deliveries a second; `undefined` before it was run. */
  readonly rate: number | undefined;
  /** Attempts begun, or waiting to be. */
  readonly sent: number;
  /** Left out: under way, also when the plan was made, or nothing that can be sent. */
  readonly skipped: number;
  readonly delivered: number;
  readonly failed: number;
}

/** A plan at work. */
export interface RunningPlan extends ReplayPlan {
  /** Epoch ms at which it was run, and what it had gone through by then. */
  readonly ranAtMs: number;
  readonly throughBefore: number;
  /** The last delivery that it has gone through. */
  readonly cursor: { readonly seq: number; readonly id: string };
  /** Whether all have been gone through. */
  readonly isThrough: boolean;
}

/** So many of a plan are under way or wait for it at once: the rest stays where it is found. */
const MAX_OUTSTANDING = 50;

/** How many more of a plan may begin now. */
export function roomOf(plan: RunningPlan, nowMs: number): number {
  if (plan.state !== "running" || plan.isThrough) return 0;
  const allowed = Math.min(aheadOf(plan, nowMs), mostAtOnce(plan));
  return Math.max(0, Math.min(allowed, MAX_OUTSTANDING - outstanding(plan)));
}

/** A plan that has saved up nothing but a second's worth: after an outage its rate is the same. */
export function withoutSavings(plan: RunningPlan, nowMs: number): RunningPlan {
  const savings = aheadOf(plan, nowMs) - mostAtOnce(plan);
  return savings > 0 ? { ...plan, throughBefore: plan.throughBefore - savings } : plan;
}

/** What a late alarm may make up for: a second's worth. */
function mostAtOnce({ rate = 0 }: RunningPlan): number {
  return 1 + Math.floor(rate);
}

/** How many more its rate would have let begin by now. */
function aheadOf(plan: RunningPlan, nowMs: number): number {
  const due = 1 + Math.floor(((nowMs - plan.ranAtMs) / 1_000) * (plan.rate ?? 0));
  return due - throughSinceRun(plan);
}

/** When the next one may begin, epoch ms; `undefined` when the end of others decides, or nothing is left. */
export function nextOf(plan: RunningPlan): number | undefined {
  if (plan.state !== "running" || plan.isThrough) return undefined;
  if (outstanding(plan) >= MAX_OUTSTANDING || plan.rate === undefined) return undefined;
  return plan.ranAtMs + Math.ceil((throughSinceRun(plan) / plan.rate) * 1_000);
}

/** A plan whose last one is over is done. */
export function settled(plan: RunningPlan): RunningPlan {
  const isDone = plan.state === "running" && plan.isThrough && outstanding(plan) === 0;
  return isDone ? { ...plan, state: "done" } : plan;
}

/**
 * Whether a plan sends a delivery: nothing that is under way already, nor what was when it was made.
 * @param openable Ids of the keys that what is sealed can be opened with.
 */
export function isSentBy(
  { createdAtMs }: Pick<ReplayPlan, "createdAtMs">,
  record: DeliveryRecord,
  openable: readonly string[],
): boolean {
  const { pending, stored, isVerified, request, attempts } = record;
  if (pending !== undefined || !isVerified || request.isRedacted) return false;
  // It was queued, or under way, when the plan was made.
  if (
    attempts.some(
      (each) => each.replay === undefined && each.startedAtMs + each.durationMs > createdAtMs,
    )
  )
    return false;
  // What is sealed is looked at when it is opened.
  if (stored === undefined && typeof keptWebhook(record) === "string") return false;
  if (stored?.sealedWith !== undefined && !openable.includes(stored.sealedWith)) return false;
  return true;
}

/** Whether a plan has sent a delivery already, or it waits for its turn in it. */
export function wasSentBy(planId: string, { attempts, pending, replay }: DeliveryRecord): boolean {
  return (
    attempts.some((attempt) => attempt.replay === planId) ||
    (pending !== undefined && replay === planId)
  );
}

/** One plan out of the parts of several ledger objects. */
export function mergePlans(parts: readonly ReplayPlan[]): ReplayPlan | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const sum = (value: (part: ReplayPlan) => number): number =>
    parts.reduce((total, part) => total + value(part), 0);
  const origins: Record<string, number> = {};
  for (const [name, count] of parts.flatMap((part) => Object.entries(part.origins)))
    origins[name] = (origins[name] ?? 0) + count;
  const oldest = parts.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
  const newest = parts.flatMap(({ newestAtMs }) => newestAtMs ?? []);
  const rates = parts.flatMap(({ rate }) => rate ?? []);
  return {
    ...first,
    state: stateOf(parts.map(({ state }) => state)),
    createdAtMs: Math.min(...parts.map(({ createdAtMs }) => createdAtMs)),
    origins,
    oldestAtMs: oldest.length === 0 ? undefined : Math.min(...oldest),
    newestAtMs: newest.length === 0 ? undefined : Math.max(...newest),
    rate: rates.length === 0 ? undefined : rates.reduce((total, rate) => total + rate, 0),
    sent: sum(({ sent }) => sent),
    skipped: sum(({ skipped }) => skipped),
    delivered: sum(({ delivered }) => delivered),
    failed: sum(({ failed }) => failed),
  };
}

/** Whatever part is not over says how the whole stands. */
function stateOf(states: readonly PlanState[]): PlanState {
  const order = ["running", "cancelled", "planned", "done"] as const;
  return order.find((state) => states.includes(state)) ?? "done";
}

function outstanding({ sent, delivered, failed }: ReplayPlan): number {
  return sent - delivered - failed;
}

function throughSinceRun({ sent, skipped, throughBefore }: RunningPlan): number {
  return sent + skipped - throughBefore;
}
