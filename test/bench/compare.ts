// `npm run bench:compare -- one.js other.js`: bundles of Hookswitch side by side, by turns in one run, beside the bare
// passthrough. Before and after a change: `npm run build`, `cp dist/index.js one.js`.
import { parseArgs } from "node:util";
import {
  startHookswitch,
  startOrigin,
  startWorker,
  type Origin,
  type Running,
} from "./contestants.ts";
import { corpus } from "./corpus.ts";
import { atRate, quantile, saturate, type Target } from "./load.ts";
import { inColumns, median, spread } from "./table.ts";
import { usageOf } from "./usage.ts";

const { values, positionals: bundles } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "15" },
    seconds: { type: "string", default: "1" },
    /** `unique`, `duplicate` or `forged`. */
    kind: { type: "string", default: "unique" },
    /** JSON, of each origin. */
    config: { type: "string", default: "{}" },
    /** Webhooks a second, in place of as many as go. */
    rate: { type: "string" },
  },
});
const CONNECTIONS = 16;
const seconds = Number(values.seconds);

interface Contestant {
  readonly name: string;
  readonly running: Running;
  readonly target: Target;
  readonly cpuUs: number[];
  readonly perSecond: number[];
  readonly p50Ms: number[];
  readonly p99Ms: number[];
}

const { unique, duplicate, first, forged } = corpus();
const started: Running[] = [];
try {
  const origin = await startOrigin();
  started.push(origin);
  const contestants = [await contestant("bare passthrough", startWorker("passthrough", origin))];
  for (const bundle of bundles) contestants.push(await hookswitch(bundle, origin));
  for (const { target } of contestants) await saturate(target, CONNECTIONS, 2);
  for (let round = 0; round < Number(values.rounds); round++) {
    // There and back, so that nobody always comes after the same one.
    for (const each of round % 2 === 0 ? contestants : contestants.toReversed())
      await measure(each);
  }
  report(contestants);
} finally {
  for (const running of started.toReversed()) await running.stop();
}

async function hookswitch(bundle: string, origin: Origin): Promise<Contestant> {
  const starting = startHookswitch(origin, JSON.parse(values.config), { bundle });
  const made = await contestant(bundle, starting);
  if (values.kind === "duplicate") {
    for (const request of first)
      await atRate({ ...made.target, next: () => request }, 1_000, 0.001);
  }
  return made;
}

async function contestant(name: string, starting: Promise<Running>): Promise<Contestant> {
  const running = await starting;
  started.push(running);
  const next = { unique, duplicate, forged }[values.kind] ?? unique;
  const target = { port: running.port, next, isExpected: () => true };
  return { name, running, target, cpuUs: [], perSecond: [], p50Ms: [], p99Ms: [] };
}

async function measure({ running, target, ...figures }: Contestant): Promise<void> {
  const before = usageOf(running.pids).cpuSeconds;
  const load =
    values.rate === undefined
      ? await saturate(target, CONNECTIONS, seconds)
      : await atRate(target, Number(values.rate), seconds);
  figures.cpuUs.push(((usageOf(running.pids).cpuSeconds - before) * 1e6) / load.requests);
  figures.perSecond.push(load.requests / load.seconds);
  figures.p50Ms.push(quantile(load.latenciesMs, 0.5));
  figures.p99Ms.push(quantile(load.latenciesMs, 0.99));
}

function report(contestants: readonly Contestant[]): void {
  const [bare] = contestants;
  const ratio = (of: readonly number[], to: readonly number[] = []): string =>
    median(of.map((each, round) => each / (to[round] ?? Number.NaN))).toFixed(2);
  const rows = contestants.map(({ name, cpuUs, perSecond, p50Ms, p99Ms }) => [
    name,
    median(cpuUs).toFixed(0),
    spread(cpuUs),
    ratio(cpuUs, bare?.cpuUs),
    median(perSecond).toFixed(0),
    ratio(perSecond, bare?.perSecond),
    median(p50Ms).toFixed(2),
    median(p99Ms).toFixed(2),
  ]);
  const head = ["bundle", "CPU µs", "spread", "÷ bare", "per second", "÷ bare", "p50 ms", "p99 ms"];
  console.log(inColumns([head, ...rows]));
}
