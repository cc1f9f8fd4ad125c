// `npm run bench:limits`: the CPU of the largest webhook and of the largest TwiML answer, which the free plan bounds,
// and with `--soak MINUTES` the memory of a process that works at half of what it can do.
import { parseArgs } from "node:util";
import { startHookswitch, startOrigin, type Running } from "./contestants.ts";
import { corpus, large } from "./corpus.ts";
import { atRate, saturate, type Target } from "./load.ts";
import { usageOf } from "./usage.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** What the rest of the body takes, its names and signs encoded. */
const OTHER_FIELDS_BYTES = 1_000;
const WARM_UP_S = 3;
const MEASURED_S = 5;
const SLICE_S = 30;

const { values } = parseArgs({ options: { soak: { type: "string" } } });
const origin = await startOrigin();
try {
  const { unique } = corpus();
  await measureCpu("an ordinary webhook", {}, unique);
  await measureCpu("a body of 1 MiB", {}, large(MAX_BODY_BYTES - OTHER_FIELDS_BYTES));
  await measureCpu("a TwiML answer of 64 kB", { url: `${origin.base}/large` }, unique);
  if (values.soak !== undefined) await soak(Number(values.soak), unique);
} finally {
  await origin.stop();
}

async function measureCpu(
  name: string,
  config: Readonly<Record<string, unknown>>,
  next: () => Buffer,
): Promise<void> {
  await withWorker(config, async (worker) => {
    const target = targetOf(worker, next);
    await saturate(target, 2, WARM_UP_S);
    const before = usageOf(worker.pids).cpuSeconds;
    const { requests, failed } = await saturate(target, 2, MEASURED_S);
    const ms = ((usageOf(worker.pids).cpuSeconds - before) / requests) * 1_000;
    console.log(`${name.padEnd(26)} ${ms.toFixed(2).padStart(8)} ms of CPU, ${failed} failed`);
  });
}

async function soak(minutes: number, next: () => Buffer): Promise<void> {
  await withWorker({}, async (worker) => {
    const target = targetOf(worker, next);
    const { requests, seconds } = await saturate(target, 16, MEASURED_S);
    const perSecond = requests / seconds / 2;
    const megabytes: number[] = [];
    for (let slice = 0; slice < (minutes * 60) / SLICE_S; slice++) {
      const { failed } = await atRate(target, perSecond, SLICE_S);
      megabytes.push(usageOf(worker.pids).residentBytes / 1e6);
      const now = megabytes.at(-1)?.toFixed(0) ?? "";
      console.log(`${((slice + 1) * SLICE_S) / 60} min ${now} MB, ${failed} failed`);
    }
    const ratio = (megabytes.at(-1) ?? 0) / (megabytes[60 / SLICE_S - 1] ?? 1);
    console.log(
      `at ${perSecond.toFixed(0)}/s, after ${minutes} min ÷ after one: ${ratio.toFixed(2)}`,
    );
  });
}

async function withWorker(
  config: Readonly<Record<string, unknown>>,
  work: (worker: Running) => Promise<void>,
): Promise<void> {
  const worker = await startHookswitch(origin, config);
  try {
    await work(worker);
  } finally {
    await worker.stop();
  }
}

function targetOf({ port }: Running, next: () => Buffer): Target {
  return { port, next, isExpected: (status) => status === 200 };
}
