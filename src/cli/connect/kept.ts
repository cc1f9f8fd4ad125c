import { isTable } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";
import { leftAs, type Step, stepOf } from "./plan.ts";
import { isSame, type Resource, type ResourceKind, settings, type SetTo } from "./resource.ts";

/** One change of a webhook URL, as the file of old values has it: a line of JSON. */
export interface Entry {
  /** When it was about to be made, ISO 8601. */
  readonly at: string;
  /** `undo` where it has been put back, which ends what stood before. */
  readonly by: "apply" | "direct" | "undo";
  readonly resource: ResourceKind;
  readonly sid: string;
  /** For whoever reads. */
  readonly name: string;
  /** The URL's property in Twilio's package. */
  readonly setting: string;
  readonly old: SetTo;
  readonly new: SetTo;
}

/** What is known of one webhook URL. */
export interface KeptValue {
  readonly entry: Entry;
  /** What was there before Hookswitch. */
  readonly old: SetTo;
  /** All that was set since: any of them is ours. */
  readonly ours: readonly SetTo[];
}

/** The line of an entry, its end included. */
export function entryLine(entry: Entry): string {
  return `${JSON.stringify({ v: 1, ...entry })}\n`;
}

/**
 * Reads the lines of the file and merges what several runs have written: the old value is the one before
 * the first change of ours, as long as nobody else has changed it in between.
 *
 * @returns By `<sid> <setting>`; and how many lines could not be read, such as one that a crash has cut
 *   off, whose change was then never made.
 */
export function readKept(text: string): {
  readonly kept: ReadonlyMap<string, KeptValue>;
  readonly unreadable: number;
} {
  const kept = new Map<string, KeptValue>();
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.map(readEntry).filter((entry) => entry !== undefined);
  for (const entry of entries) {
    const key = keyOf(entry.sid, entry.setting);
    const before = kept.get(key);
    if (entry.by === "undo") kept.delete(key);
    else if (before !== undefined && isOneOf(entry.old, [before.old, ...before.ours])) {
      kept.set(key, { ...before, entry, ours: [...before.ours, entry.new] });
    } else kept.set(key, { entry, old: entry.old, ours: [entry.new] });
  }
  return { kept, unreadable: lines.length - entries.length };
}

/** Plans to put back what is still ours. */
export function planUndo(
  resources: readonly Resource[],
  kept: ReadonlyMap<string, KeptValue>,
): readonly Step[] {
  return resources.flatMap((resource) =>
    settings[resource.kind].flatMap((setting) => {
      const value = kept.get(keyOf(resource.sid, setting.url));
      if (value === undefined) return [];
      const step = stepOf(resource, setting, { kind: "right", origin: undefined });
      if (isSame(step.present, value.old)) return [step];
      const intent: Step["intent"] = isOneOf(step.present, value.ours)
        ? { kind: "change", to: value.old, origin: undefined, notes: [] }
        : leftAs("changed_since", "somebody has changed it since");
      return [{ ...step, intent }];
    }),
  );
}

/** What the file knows and the account does not have: numbers that were given back. */
export function missingFrom(
  resources: readonly Resource[],
  kept: ReadonlyMap<string, KeptValue>,
): readonly string[] {
  const sids = new Set(resources.map(({ sid }) => sid));
  const gone = [...kept.values()].filter(({ entry }) => !sids.has(entry.sid));
  return [...new Set(gone.map(({ entry }) => `${entry.name} (${entry.sid})`))];
}

/** The key of a webhook URL among the kept ones. */
export function keyOf(sid: string, setting: string): string {
  return `${sid} ${setting}`;
}

function isOneOf(value: SetTo, values: readonly SetTo[]): boolean {
  return values.some((each) => isSame(value, each));
}

function readEntry(line: string): Entry | undefined {
  let table: unknown;
  try {
    table = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isTable(table) || countOf(table["v"]) !== 1) return undefined;
  const by = (["apply", "direct", "undo"] as const).find((each) => each === table["by"]);
  const resource = (["number", "service", "app"] as const).find(
    (each) => each === table["resource"],
  );
  const [sid, setting] = [textOf(table["sid"]), textOf(table["setting"])];
  const [old, next] = [readSetTo(table["old"]), readSetTo(table["new"])];
  const isWhole = by && resource && sid && setting && old && next;
  if (!isWhole) return undefined;
  const [at, name] = [textOf(table["at"]) ?? "", textOf(table["name"]) ?? ""];
  return { at, by, resource, sid, name, setting, old, new: next };
}

function readSetTo(value: unknown): SetTo | undefined {
  if (!isTable(value)) return undefined;
  const [url, method] = [textOf(value["url"]), textOf(value["method"])];
  return url === undefined || method === undefined ? undefined : { url, method };
}
