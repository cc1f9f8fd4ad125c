// `npm run bench:queue`: a long outage. Fills one ledger object with queued webhooks while the origin is
// down, then has them delivered, and tells what that takes. Only figures of one run can be compared.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { eventually, mapLimited } from "../support/eventually.ts";
import { answer } from "../support/misbehaving-origin.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook } from "../support/sign.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "50000" },
    concurrency: { type: "string", default: "6" },
  },
});
const count = Number(values.count);

/** What Cloudflare answers for an origin that refuses connections: the breaker knows it. */
const refused = answer({
  status: 521,
  headers: [["Server", "cloudflare"]],
  body: "error code: 521",
});

const rig = await startRig({
  origins: (base) => ({
    status: {
      path: "/status",
      url: `${base}/status`,
      mode: "queue",
      limit: { concurrency: Number(values.concurrency) },
    },
  }),
  otherwise: refused,
  hasKv: false,
});
try {
  const rows: (readonly [what: string, ...figures: string[]])[] = [];
  const report = async (what: string, done: number, startedAtMs: number): Promise<void> => {
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const memory = await memoryMb(rig);
    rows.push([
      what,
      `${Math.round(done)}`,
      `${(done / seconds).toFixed(0)}/s`,
      `${memory.toFixed(0)} MB`,
    ]);
    console.log(rows.at(-1)?.join("  "));
  };

  for (const share of [0.02, 0.08, 0.4, 0.5]) {
    const startedAtMs = performance.now();
    await mapLimited(Array.from({ length: count * share }), 16, () => send(rig));
    await report(`queued while down, ${await queued(rig)} waiting`, count * share, startedAtMs);
  }
  const before = await cost(rig);
  rig.origin.on("/status", answer());
  const startedAtMs = performance.now();
  for (const left of [0.9, 0.5, 0.1, 0]) {
    await eventually("drained", async () => (await queued(rig)) <= count * left, 3_600_000);
    await report(`drained, ${Math.round(count * left)} waiting`, count * (1 - left), startedAtMs);
  }
  const after = await cost(rig);
  const each = (after - before) / count;
  console.log(`rows written a delivery while draining: ${each.toFixed(2)}`);
} finally {
  await rig.stop();
}

async function send(to: Rig): Promise<void> {
  const fields = [
    ["MessageSid", `SM${randomUUID().replaceAll("-", "")}`],
    ["MessageStatus", "delivered"],
    ["AccountSid", "AC00000000000000000000000000000001"],
    ["From", "+14155551234"],
    ["To", "+14155556789"],
  ] as const;
  const url = `${publicBase}/status`;
  const webhook = formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() });
  const { status } = await to.deliver(webhook);
  if (status !== 200) throw new Error(`not acknowledged: ${status}`);
}

type Health = {
  readonly queue: readonly { readonly count: number }[];
  readonly ledger: readonly { readonly since_start: { readonly rows_written: number } }[];
};

async function health(of: Rig): Promise<Health> {
  return JSON.parse((await of.log("/health")).body.toString());
}

async function queued(of: Rig): Promise<number> {
  return (await health(of)).queue.reduce((sum, each) => sum + each.count, 0);
}

async function cost(of: Rig): Promise<number> {
  return (await health(of)).ledger.reduce((sum, each) => sum + each.since_start.rows_written, 0);
}

/** Of the runtime's process, now. */
async function memoryMb(of: Rig): Promise<number> {
  const text = await readFile(`/proc/${of.worker.pid()}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1_024;
}
