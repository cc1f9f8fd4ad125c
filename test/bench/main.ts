// `npm run bench`: what Hookswitch adds, side by side with what there is beside it. Every contestant gets the same
// webhooks in the same run, by turns; the ratios are the claim, never the times.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import {
  startExpress,
  startHookswitch,
  startHookswitchWithKv,
  startNginx,
  startOrigin,
  startWorker,
  type Running,
} from "./contestants.ts";
import { corpus, type Corpus } from "./corpus.ts";
import { atRate, quantile, saturate, type Load, type Target } from "./load.ts";
import { inColumns, median, spread } from "./table.ts";
import { usageOf } from "./usage.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    shards: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const seconds = Number(values.seconds ?? (values.quick ? 0.7 : 3));
const RATES = values.quick ? [300] : [50, 300, 1_000];
/** Twilio's own parallel requests to one application: a few; more only wait for each other. */
const CONNECTIONS = 16;

/** What everything is compared with. */
const BARE = "Worker, bare passthrough";

/** What is measured: something that runs, and what it is sent. */
interface Contestant {
  readonly name: string;
  readonly running: Running;
  readonly target: Target;
  /** Of what is sent so fast that it would fill the disk there are no fixed rates. */
  readonly rates: readonly number[];
}

/** Of one contestant in one round. */
interface Figures {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** By rate. */
  readonly at: ReadonlyMap<
    number,
    { readonly p50: number; readonly p99: number; readonly p999: number }
  >;
  readonly failed: number;
}

const webhooks = corpus();
const started: Running[] = [];
async function start<T extends Running>(starting: Promise<T>): Promise<T> {
  const running = await starting;
  started.push(running);
  return running;
}

try {
  const contestants = await assemble(webhooks);
  const figures = new Map<string, Figures[]>();
  for (const contestant of contestants) await warmUp(contestant);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      const all = figures.get(contestant.name) ?? [];
      all.push(await measure(contestant));
      figures.set(contestant.name, all);
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  report(contestants, figures);
  const failed = [...figures.values()].flat().reduce((sum, each) => sum + each.failed, 0);
  if (failed > 0) {
    console.error(`${failed} answers were not what was expected: these figures mean nothing.`);
    process.exitCode = 1;
  }
  if (values.json !== undefined) await writeJson(values.json, figures);
} finally {
  for (const running of started.toReversed()) await running.stop();
}

async function assemble({ unique, duplicate, first, forged }: Corpus): Promise<Contestant[]> {
  const origin = await start(startOrigin());
  const nginx = await startNginx(origin);
  if (nginx === undefined) console.error("nginx is not here and left out (apt-get install nginx).");
  else started.push(nginx);
  const answered = (status: number): boolean => status === 200;
  const plain = (name: string, running: Running): Contestant => ({
    name,
    running,
    target: { port: running.port, next: unique, isExpected: answered },
    rates: RATES,
  });
  const respond = await start(startHookswitch(origin));
  const queue = await start(startHookswitch(origin, { mode: "queue" }));
  const other = (name: string, next: () => Buffer, status: number): Contestant => ({
    name,
    running: respond,
    target: { port: respond.port, next, isExpected: (found) => found === status },
    rates: [],
  });
  for (const request of first) {
    const send = { port: respond.port, next: () => request, isExpected: answered };
    await atRate(send, 1_000, 0.001);
  }
  const all = [
    plain("origin alone", origin),
    ...(nginx === undefined ? [] : [plain("nginx, a plain proxy", nginx)]),
    plain("Worker, bare passthrough", await start(startWorker("passthrough", origin))),
    plain("Worker, verify and forward", await start(startWorker("verify-and-forward", origin))),
    plain("Worker, the least with a ledger", await start(startWorker("least", origin))),
    plain("Hookswitch, dedupe off", await start(startHookswitch(origin, { dedupe: false }))),
    plain("Hookswitch, respond", respond),
    other("Hookswitch, duplicates", duplicate, 200),
    other("Hookswitch, forged", forged, 403),
    plain("Hookswitch, dedupe by KV alone", await start(startHookswitchWithKv(origin))),
    plain("Hookswitch, queue", queue),
    plain("Express, FULL", await start(startExpress(origin, true))),
    plain("Express, written behind", await start(startExpress(origin, false))),
  ];
  if (values.shards) {
    for (const shards of [2, 4]) {
      const vars = { LEDGER_SHARDS: shards };
      const sharded = await start(startHookswitch(origin, {}, { vars }));
      all.push(plain(`Hookswitch, respond, ${shards} shards`, sharded));
    }
  }
  const { only } = values;
  return only === undefined
    ? all
    : all.filter(({ name }) => name === BARE || new RegExp(only, "i").test(name));
}

async function warmUp({ target }: Contestant): Promise<void> {
  await saturate(target, CONNECTIONS, values.quick ? 0.3 : 2);
}

async function measure({ running, target, rates }: Contestant): Promise<Figures> {
  const before = usageOf(running.pids).cpuSeconds;
  const full = await saturate(target, CONNECTIONS, seconds);
  const cpuUs = ((usageOf(running.pids).cpuSeconds - before) * 1e6) / full.requests;
  const at = new Map<number, { p50: number; p99: number; p999: number }>();
  let failed = full.failed;
  for (const rate of rates) {
    const load = await atRate(target, rate, seconds);
    failed += load.failed;
    at.set(rate, quantiles(load));
  }
  const { p50: p50Ms, p99: p99Ms } = quantiles(full);
  return { perSecond: full.requests / full.seconds, cpuUs, p50Ms, p99Ms, at, failed };
}

function quantiles({ latenciesMs }: Load): { p50: number; p99: number; p999: number } {
  return {
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
    p999: quantile(latenciesMs, 0.999),
  };
}

function report(contestants: readonly Contestant[], figures: ReadonlyMap<string, Figures[]>): void {
  const rows = contestants.map(({ name, running }) => {
    const all = figures.get(name) ?? [];
    const perSecond = all.map((each) => each.perSecond);
    return [
      name,
      median(perSecond).toFixed(0),
      spread(perSecond),
      ratio(figures, name, (each) => each.perSecond).toFixed(2),
      median(all.map(({ cpuUs }) => cpuUs)).toFixed(0),
      ratio(figures, name, (each) => each.cpuUs).toFixed(2),
      ...RATES.flatMap((rate) => {
        const at = all.flatMap((each) => each.at.get(rate) ?? []);
        if (at.length === 0) return ["–", "–", "–"];
        return [
          median(at.map(({ p50 }) => p50)).toFixed(2),
          median(at.map(({ p99 }) => p99)).toFixed(2),
          median(at.map(({ p999 }) => p999)).toFixed(2),
        ];
      }),
      (usageOf(running.pids).peakBytes / 1e6).toFixed(0),
    ];
  });
  const head = [
    "contestant",
    "per second",
    "spread",
    "÷ bare",
    "CPU µs",
    "÷ bare",
    ...RATES.flatMap((rate) => [`p50 at ${rate}/s`, "p99", "p99.9"]),
    "peak MB",
  ];
  console.log(inColumns([head, ...rows]));
}

/** Of a contestant to the bare passthrough in the same round: the median of the rounds. */
function ratio(
  figures: ReadonlyMap<string, readonly Figures[]>,
  name: string,
  of: (each: Figures) => number | undefined,
  to: string = BARE,
): number {
  const others = figures.get(to) ?? [];
  const all = (figures.get(name) ?? []).map((each, round) => {
    const other = others[round];
    return (of(each) ?? Number.NaN) / ((other && of(other)) ?? Number.NaN);
  });
  return median(all);
}

async function writeJson(path: string, figures: ReadonlyMap<string, Figures[]>): Promise<void> {
  const throughput = (each: Figures): number => each.perSecond;
  const p50 = (each: Figures): number | undefined => each.at.get(300)?.p50;
  const p99 = (each: Figures): number | undefined => each.at.get(300)?.p99;
  const respond = "Hookswitch, respond";
  const ratios = {
    "respond.cpu": ratio(figures, respond, ({ cpuUs }) => cpuUs),
    "respond.throughput": ratio(figures, respond, throughput),
    "respond.p50": ratio(figures, respond, p50),
    "respond.p99": ratio(figures, respond, p99),
    "duplicate.throughput": ratio(figures, "Hookswitch, duplicates", throughput),
    "refused.throughput": ratio(figures, "Hookswitch, forged", throughput),
    "queue.throughput": ratio(figures, "Hookswitch, queue", throughput),
    "express.throughput": ratio(figures, respond, throughput, "Express, FULL"),
    "express.p99": ratio(figures, respond, p99, "Express, FULL"),
    "express_behind.throughput": ratio(figures, respond, throughput, "Express, written behind"),
  };
  const measured = Object.fromEntries(
    [...figures].map(([name, all]) => [
      name,
      all.map(({ at, ...each }) => ({ ...each, at: Object.fromEntries(at) })),
    ]),
  );
  await writeFile(path, `${JSON.stringify({ ratios, measured }, undefined, 2)}\n`);
}
