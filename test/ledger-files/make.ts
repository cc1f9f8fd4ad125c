// Makes the files of a release that a later one is tested with: README.md says how.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { eventually } from "../support/eventually.ts";
import { answer, answerTwiml, silence } from "../support/misbehaving-origin.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { publicBase } from "../support/rig.ts";
import { forged, getWebhook, jsonWebhook, type SentWebhook } from "../support/sign.ts";
import {
  contentOf,
  keepLedger,
  keepRelease,
  type Release,
  type SentBefore,
} from "./ledger-file.ts";
import { startLedger, webhook, type LedgerRig } from "./ledger-rig.ts";

const { values } = parseArgs({
  options: {
    bundle: { type: "string" },
    commit: { type: "string" },
    "no-queue": { type: "boolean", default: false },
  },
});
const { bundle, commit } = values;
if (bundle === undefined || commit === undefined)
  throw new TypeError("Cannot make files: expected --bundle dist/index.js --commit 0123abc");
const release = await keepRelease({ commit, bundle, hasQueue: !values["no-queue"] });
await make(release, "plain");
// What can queue can seal: both came with the same release.
if (release.hasQueue) await make(release, "sealed");

/** Two days of a ledger's life. */
async function make(of: Release, kind: "plain" | "sealed"): Promise<void> {
  const noonMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 12 * 3_600_000;
  const rig = await startLedger({
    release: of,
    isSealed: kind === "sealed",
    atMs: noonMs - 57_600_000,
  });
  try {
    const sent: SentBefore[] = [];
    const send = sender(rig, sent);
    await send("answered, the day before", webhook("all"));
    await send("refused, the day before", forged(webhook("all")));
    await refusals(rig, 1);
    await countsWritten();
    await rig.worker.kill();
    await rig.start(of, noonMs);
    await dayOf(rig, send, { ...of, isSealed: kind === "sealed" });
    await refusals(rig, 4);
    await countsWritten();
    // Last, since it runs until the end.
    const cut = webhook("all");
    rig.origin.on(cut.path, silence);
    const answered = rig.deliver(cut).catch(() => undefined);
    const running = await eventually("it runs", async () => {
      const [found] = await rig.list("outcome=running");
      return found;
    });
    sent.push(sentBefore("running", cut, undefined, running.id));
    const list = await rig.list();
    const details = [];
    for (const { id } of list) details.push(await rig.detail(id));
    const said = {
      takenAtMs: rig.nowMs(),
      sent,
      list,
      details,
      today: await rig.today(),
      byNumber: of.hasQueue ? await rig.byNumber() : undefined,
    };
    await rig.worker.kill();
    await answered;
    await keepLedger(`${of.commit}/${kind}`, rig.worker.objects, said);
    console.log(`${of.commit}/${kind}: ${list.length} deliveries`);
  } finally {
    await rig.stop();
  }
}

type Send = (what: string, sent: SentWebhook & { readonly path?: string }) => Promise<string>;

/** One of everything that a webhook can come to. */
async function dayOf(
  rig: LedgerRig,
  send: Send,
  { hasQueue, isSealed }: Release & { readonly isSealed: boolean },
): Promise<void> {
  const again = webhook("all");
  await send("answered", again);
  await send("duplicate", again);
  const base = { token: rig.authToken, idempotencyToken: crypto.randomUUID() };
  const url = `${publicBase}/all/get?tenant=7`;
  await send("answered, GET", getWebhook({ ...base, url, fields: webhook("all").fields }));
  const event = { token: rig.authToken, url: `${publicBase}/all/json`, body: '{"id":"EV1"}' };
  await send("answered, JSON", jsonWebhook({ ...event, idempotencyToken: crypto.randomUUID() }));
  await send("answered, redacted", webhook("all", [["Digits", "1234"]]));
  await send("observed", forged(webhook("observed")));
  const failing = ["fell_back", "failed", "refused answer"] as const;
  for (const what of failing) {
    const sent = webhook(what === "fell_back" ? "safe" : "all");
    const reaction = answer({ status: 500 });
    rig.origin.on(sent.path, what === "refused answer" ? answerTwiml("<Response>") : reaction);
    await send(what, sent);
  }
  await send("refused, signature", forged(webhook("all")));
  const unsigned = webhook("all");
  const headers = unsigned.headers.filter(([name]) => name !== "X-Twilio-Signature");
  await send("refused, no signature", { ...unsigned, headers });
  await send("refused, again", forged(webhook("all")));
  if (!hasQueue) return;

  const delivered = webhook("queued");
  await rig.ended(await send("delivered", delivered), "delivered");
  const dead = webhook("queued");
  rig.origin.on(dead.path, answer({ status: 410 }));
  await rig.ended(await send("dead", dead), "dead");
  for (const what of ["queued", "queued too"]) {
    // Digits are queued where they are sealed, and only there.
    const waiting = webhook("queued", isSealed ? [["Digits", "1234"]] : []);
    rig.origin.on(waiting.path, answer({ status: 503 }));
    await rig.waits(await send(what, waiting));
  }
  const replayed = webhook("all");
  rig.origin.on(replayed.path, answer({ status: 500 }), answerTwiml());
  await rig.replay(await send("replayed", replayed));
}

function sender(rig: LedgerRig, sent: SentBefore[]): Send {
  return async (what, each) => {
    const answered = await rig.deliver(each);
    const id = answered.header("hookswitch-delivery");
    // Those are kept some time afterwards, and not each of them.
    const isRefused = answered.status === 403;
    if (!isRefused) await rig.over(id ?? "");
    sent.push(sentBefore(what, each, answered, isRefused ? undefined : id));
    return id ?? "";
  };
}

function sentBefore(
  what: string,
  { method, url, headers, body }: SentWebhook,
  answered: RawResponse | undefined,
  id: string | undefined,
): SentBefore {
  return {
    what,
    webhook: { method, url, headers, body: body.toString("base64") },
    answer: answered && contentOf(answered),
    id,
  };
}

async function refusals(rig: LedgerRig, count: number): Promise<void> {
  await eventually(
    "refusals are listed",
    async () => (await rig.list("outcome=refused")).length === count,
  );
}

/** Counts are written some seconds behind, which nothing outside can see. */
function countsWritten(): Promise<void> {
  return sleep(6_000);
}
