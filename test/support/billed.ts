import { setTimeout as sleep } from "node:timers/promises";
import { exchange, requestBytes } from "./raw-http.ts";
import type { Rig } from "./rig.ts";

/** What was billed, as `ledgers/cost.js` and the rig's KV count it. */
export interface Billed {
  readonly workerRequests: number;
  /** By method; `alarm` is one. */
  readonly ledgerRequests: Readonly<Record<string, number>>;
  /** By table; `alarm` is each that was set. */
  readonly rowsWritten: Readonly<Record<string, number>>;
  readonly rowsRead: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  /** What kept an object awake: from and to, epoch ms. */
  readonly awake: readonly (readonly [fromMs: number, toMs: number])[];
}

/** What was billed so far. */
export async function billed(rig: Rig): Promise<Billed> {
  const asked = requestBytes({ method: "GET", target: "/_billed", host: "any", headers: [] });
  const { body } = await exchange(rig.worker.plain, asked);
  const counted: Omit<Billed, "kvReads" | "kvWrites"> = JSON.parse(body.toString());
  return { ...counted, kvReads: rig.kv.counts.gets, kvWrites: rig.kv.counts.puts };
}

/** The same when nothing has been added for half a second: origins take time, claims and settles are written behind. */
export async function billedAtRest(rig: Rig): Promise<Billed> {
  let last = await billed(rig);
  for (let same = 0; same < 10;) {
    await sleep(50);
    const next = await billed(rig);
    same = JSON.stringify(next) === JSON.stringify(last) ? same + 1 : 0;
    last = next;
  }
  return last;
}

/** What work has added. */
export async function added(rig: Rig, work: () => Promise<unknown>): Promise<Billed> {
  const before = await billedAtRest(rig);
  await work();
  const after = await billedAtRest(rig);
  return {
    workerRequests: after.workerRequests - before.workerRequests,
    ledgerRequests: difference(after.ledgerRequests, before.ledgerRequests),
    rowsWritten: difference(after.rowsWritten, before.rowsWritten),
    rowsRead: after.rowsRead - before.rowsRead,
    kvReads: after.kvReads - before.kvReads,
    kvWrites: after.kvWrites - before.kvWrites,
    awake: after.awake.slice(before.awake.length),
  };
}

/** How long all of it kept an object awake, what overlaps counted once, ms. */
export function awakeMs({ awake }: Billed): number {
  let sumMs = 0;
  let untilMs = 0;
  for (const [fromMs, toMs] of awake.toSorted(([one], [other]) => one - other)) {
    sumMs += Math.max(0, toMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, toMs);
  }
  return sumMs;
}

/** All that is in one of the counts but what is named. */
export function sumOf(counts: Readonly<Record<string, number>>, ...but: string[]): number {
  return Object.entries(counts)
    .filter(([name]) => !but.includes(name))
    .reduce((sum, [, count]) => sum + count, 0);
}

function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]): [string, number] => [name, count - (before[name] ?? 0)])
      .filter(([, count]) => count !== 0),
  );
}
