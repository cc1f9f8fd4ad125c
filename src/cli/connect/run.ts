import type { Result } from "../../shared/result.ts";
import type { Step } from "./plan.ts";
import { isSame, type Resource, type SetTo, setTo } from "./resource.ts";
import type { ApiFailure, TwilioAccount } from "./twilio-account.ts";

/** A step that changes something. */
export interface Change extends Step {
  readonly intent: Extract<Step["intent"], { kind: "change" }>;
}

/** What became of a change. */
export type Ending =
  | { readonly kind: "changed" }
  /** It was as wanted by then: an earlier run, or somebody else. */
  | { readonly kind: "already" }
  /** Somebody has set something else since the plan was made. */
  | { readonly kind: "overtaken" }
  | { readonly kind: "failed"; readonly message: string }
  /** Not tried: it was stopped before. */
  | { readonly kind: "not_reached" };

/** A change and what became of it. */
export interface Ended {
  readonly change: Change;
  readonly ending: Ending;
}

/** What making changes needs. */
export interface Making {
  readonly account: Pick<TwilioAccount, "fetch" | "update">;
  /** Called before the changes of one resource are made; when it fails none is made. */
  readonly before: (changes: readonly Change[]) => Result<undefined, string>;
  /** Called when they are made. */
  readonly after: (changes: readonly Change[]) => void;
  /** Once aborted, nothing further is begun. */
  readonly stop: AbortSignal;
  /** Told of each resource that is done. */
  readonly tell: (ended: readonly Ended[]) => void;
}

/** The steps that change something. */
export function changesOf(steps: readonly Step[]): readonly Change[] {
  return steps.flatMap((step) =>
    step.intent.kind === "change" ? [{ ...step, intent: step.intent }] : [],
  );
}

/**
 * Makes changes, one resource after the other, each in one call: looks first whether all is as planned,
 * and afterwards whether Twilio has taken it. What Twilio refuses of one resource stops no other; what
 * would stop all of them, such as wrong credentials or no answer, ends it.
 *
 * @returns All changes in their order. Never throws.
 */
export async function makeChanges(
  changes: readonly Change[],
  making: Making,
): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  let isOver = false;
  for (const [, own] of Map.groupBy(changes, ({ resource }) => resource.sid)) {
    if (isOver || making.stop.aborted) {
      ended.push(...own.map((change): Ended => ({ change, ending: { kind: "not_reached" } })));
      continue;
    }
    const { ends, isFatal } = await changeOne(own, making);
    making.tell(ends);
    ended.push(...ends);
    isOver = isFatal;
  }
  return ended;
}

interface OneResource {
  readonly ends: readonly Ended[];
  /** Whether the others would fare no better. */
  readonly isFatal: boolean;
}

async function changeOne(changes: readonly Change[], making: Making): Promise<OneResource> {
  const [first] = changes;
  if (first === undefined) return { ends: [], isFatal: false };
  const { kind, sid } = first.resource;
  const now = await making.account.fetch(kind, sid);
  if (!now.ok) return failed(changes, now.error);
  const compared = changes.map((change): Ended | Change => compare(change, now.value));
  const isOpen = (one: Ended | Change): one is Change => "intent" in one;
  const open = compared.filter(isOpen);
  const settled = compared.filter((one): one is Ended => !isOpen(one));
  if (open.length === 0) return { ends: settled, isFatal: false };

  const kept = making.before(open);
  if (!kept.ok) {
    const { ends } = failed(open, { status: undefined, message: kept.error });
    return { ends: [...settled, ...ends], isFatal: true };
  }
  const updated = await making.account.update(kind, sid, valuesOf(open));
  if (!updated.ok) {
    const { ends, isFatal } = failed(open, updated.error);
    return { ends: [...settled, ...ends], isFatal };
  }
  const ends = open.map((change): Ended => ({ change, ending: takenBy(updated.value, change) }));
  making.after(ends.flatMap(({ change, ending }) => (ending.kind === "changed" ? [change] : [])));
  return { ends: [...settled, ...ends], isFatal: false };
}

function compare(change: Change, now: Resource): Ended | Change {
  const present = setTo(now, change.setting);
  if (isSame(present, change.intent.to)) return { change, ending: { kind: "already" } };
  return isSame(present, change.present) ? change : { change, ending: { kind: "overtaken" } };
}

/** A method is kept by not being sent. */
function valuesOf(changes: readonly Change[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    changes.flatMap(({ setting, present, intent: { to } }) => [
      [setting.url, to.url],
      ...(setting.method !== undefined && to.method !== "" && to.method !== present.method
        ? [[setting.method, to.method]]
        : []),
    ]),
  );
}

function takenBy(resource: Resource, { setting, intent }: Change): Ending {
  const taken: SetTo = setTo(resource, setting);
  if (isSame(taken, intent.to)) return { kind: "changed" };
  return {
    kind: "failed",
    message: "Twilio answered well, and has another URL there all the same",
  };
}

/** 401 and 403 are about the credentials, 429 and 5xx were asked again already. */
function failed(changes: readonly Change[], { status, message }: ApiFailure): OneResource {
  const isFatal =
    status === undefined || status === 401 || status === 403 || status === 429 || status >= 500;
  return {
    ends: changes.map((change) => ({ change, ending: { kind: "failed", message } })),
    isFatal,
  };
}
