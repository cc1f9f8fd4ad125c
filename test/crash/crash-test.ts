import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, mapLimited } from "../support/eventually.ts";
import { after, answer, reset, silence } from "../support/misbehaving-origin.ts";
import type { Reaction } from "../support/origin-server.ts";
import { authToken, publicBase, startRig, type LoggedDelivery, type Rig } from "../support/rig.ts";
import { formWebhook } from "../support/sign.ts";

/** How hard it is made. */
export interface CrashOptions {
  /** How often the process is killed. */
  readonly kills: number;
  /** Webhooks under way at once. */
  readonly clients: number;
  /** Told of how it goes, a line each. */
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface CrashResult {
  readonly kills: number;
  /** Webhooks that Twilio was told 200 for. */
  readonly acknowledged: number;
  /** Of these, what the origin took at least once. */
  readonly delivered: number;
  /** Of these, what it never took: must be empty. */
  readonly lost: readonly string[];
  /** What it took more than once. */
  readonly duplicated: number;
  /** Of these, what no kill explains: must be empty. */
  readonly unexplained: readonly string[];
  /** Where the log tells something else than the origin has seen: must be empty. */
  readonly disagreements: readonly string[];
}

/** One attempt as the origin has seen it. */
interface Receipt {
  readonly delivery: string;
  readonly attempt: number;
  readonly atMs: number;
  /** Whether it was answered with a 200, as far as the origin can tell. */
  readonly isTaken: boolean;
}

/** An attempt's bound: with it goes the lease, which what was lost has to wait for. */
const ATTEMPT_MS = 500;
const DRAIN_MS = 180_000;
/** A settle is on disk some 20 ms after the origin's answer; on a busy machine later. */
const SETTLE_MS = 1_500;

/**
 * Queues webhooks for an origin that fails now and then while the process is killed by SIGKILL at random
 * instants and started again on the same storage, then lets all of it be delivered, and compares what was
 * acknowledged, what the origin took and what the log tells.
 */
export async function crashTest({ kills, clients, tell }: CrashOptions): Promise<CrashResult> {
  const receipts: Receipt[] = [];
  const state = { isFlaky: true, isOver: false };
  const rig = await startRig({
    origins: (base) => ({
      status: {
        path: "/status",
        url: `${base}/status#rt=${ATTEMPT_MS}`,
        mode: "queue",
        limit: { concurrency: 6 },
        retry: { schedule: [1], hours: 1 },
      },
    }),
    otherwise: flaky(receipts, state),
    hasKv: false,
  });
  try {
    const acknowledged = new Set<string>();
    const killedAtMs: number[] = [];
    const load = mapLimited(
      Array.from({ length: clients }, (_, n) => n),
      clients,
      () => sendUntil(rig, acknowledged, state),
    );
    while (killedAtMs.length < kills) {
      await sleep(Math.random() * 500);
      await rig.worker.kill();
      killedAtMs.push(performance.now());
      await rig.worker.start();
      if (killedAtMs.length % 10 === 0) {
        tell(`${killedAtMs.length} kills, ${acknowledged.size} acknowledged`);
      }
    }
    state.isOver = true;
    await load;
    state.isFlaky = false;
    await eventually("all is delivered", async () => (await stillQueued(rig)) === 0, DRAIN_MS);
    return compare({
      kills,
      acknowledged: [...acknowledged],
      receipts,
      killedAtMs,
      logged: await readLog(rig, [...acknowledged]),
    });
  } finally {
    await rig.stop();
  }
}

/** An origin with bad days: slow, failing, breaking off, silent. */
function flaky(receipts: Receipt[], state: { readonly isFlaky: boolean }): Reaction {
  return (socket, request) => {
    const chance = state.isFlaky ? Math.random() : 1;
    const isTaken = chance >= 0.4;
    receipts.push({
      delivery: request.header("hookswitch-delivery") ?? "",
      attempt: Number(request.header("hookswitch-attempt")),
      atMs: performance.now(),
      isTaken,
    });
    if (isTaken) after(Math.random() * 30, answer())(socket, request);
    else if (chance < 0.2) answer({ status: 500 })(socket, request);
    else if (chance < 0.35) reset(socket, request);
    else silence(socket, request);
  };
}

/** Sends one webhook after the other; who is cut off by a kill goes on with the next one, unacknowledged. */
async function sendUntil(
  rig: Rig,
  acknowledged: Set<string>,
  state: { readonly isOver: boolean },
): Promise<void> {
  while (!state.isOver) {
    const fields = [
      ["MessageSid", `SM${randomUUID().replaceAll("-", "")}`],
      ["MessageStatus", "delivered"],
    ] as const;
    const webhook = formWebhook({
      token: authToken,
      url: `${publicBase}/status`,
      fields,
      idempotencyToken: randomUUID(),
    });
    const answered = await rig.deliver(webhook).catch(() => undefined);
    if (answered?.status === 200) acknowledged.add(answered.header("hookswitch-delivery") ?? "");
    await sleep(answered === undefined ? 20 : Math.random() * 40);
  }
}

async function stillQueued(rig: Rig): Promise<number> {
  const { body } = await rig.log("/health");
  const health: { queue: readonly { count: number }[] } = JSON.parse(body.toString());
  return health.queue.reduce((sum, { count }) => sum + count, 0);
}

function readLog(rig: Rig, ids: readonly string[]): Promise<readonly LoggedDelivery[]> {
  return mapLimited(ids, 8, async (id) =>
    JSON.parse((await rig.log(`/deliveries/${id}`)).body.toString()),
  );
}

/** What was promised against what was seen. */
function compare(run: {
  readonly kills: number;
  readonly acknowledged: readonly string[];
  readonly receipts: readonly Receipt[];
  readonly killedAtMs: readonly number[];
  readonly logged: readonly LoggedDelivery[];
}): CrashResult {
  const { kills, acknowledged, killedAtMs } = run;
  const seen = Map.groupBy(run.receipts, ({ delivery }) => delivery);
  const taken = (id: string): readonly Receipt[] =>
    (seen.get(id) ?? []).filter(({ isTaken }) => isTaken);
  const lost = acknowledged.filter((id) => taken(id).length === 0);
  const twice = acknowledged.filter((id) => taken(id).length > 1);
  const isExplained = ({ atMs }: Receipt): boolean =>
    killedAtMs.some((killed) => killed >= atMs && killed - atMs < SETTLE_MS);
  const unexplained = twice.filter((id) => !taken(id).slice(0, -1).every(isExplained));
  const disagreements = acknowledged.flatMap((id, index) => {
    const wrong = disagreement(run.logged[index], seen.get(id) ?? []);
    return wrong === undefined ? [] : [`${id}: ${wrong}`];
  });
  return {
    kills,
    acknowledged: acknowledged.length,
    delivered: acknowledged.length - lost.length,
    lost,
    duplicated: twice.length,
    unexplained,
    disagreements,
  };
}

/** The log knows every attempt that the origin has seen, each by a number of its own, and ends with the one that was taken. */
function disagreement(
  logged: LoggedDelivery | undefined,
  receipts: readonly Receipt[],
): string | undefined {
  if (logged?.outcome !== "delivered") return `the log says ${logged?.outcome}`;
  const numbers = logged.attempts.map(({ number }) => number);
  const unknown = receipts.filter(({ attempt }) => !numbers.includes(attempt));
  if (unknown.length > 0) return `the log does not know attempt ${unknown[0]?.attempt}`;
  if (new Set(receipts.map(({ attempt }) => attempt)).size < receipts.length) {
    return "two attempts have one number";
  }
  const last = logged.attempts.at(-1);
  const isTaken = receipts.some(({ attempt, isTaken: was }) => was && attempt === last?.number);
  return last?.result === "usable" && isTaken
    ? undefined
    : "its last attempt is not one that was taken";
}

/** The result in one line. */
export function resultLine(result: CrashResult): string {
  const { kills, acknowledged, delivered, lost, duplicated, unexplained, disagreements } = result;
  return (
    `${kills} kills: acknowledged ${acknowledged}, delivered ${delivered}, lost ${lost.length}, ` +
    `duplicated ${duplicated} (unexplained ${unexplained.length}), disagreements ${disagreements.length}`
  );
}
