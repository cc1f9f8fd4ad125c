// `npm run bench:log`: fills ledgers of 10,000 and 1,000,000 deliveries over 30 days, and measures pages of the
// list and what writing costs, in both by turns. Only ratios within one run mean anything.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { exchange, requestBytes } from "../support/raw-http.ts";
import { logToken, startRig, type Rig } from "../support/rig.ts";

const { values } = parseArgs({
  options: {
    small: { type: "string", default: "10000" },
    large: { type: "string", default: "1000000" },
    days: { type: "string", default: "30" },
    rounds: { type: "string", default: "100" },
  },
});
const sizes = [Number(values.small), Number(values.large)];
const rounds = Number(values.rounds);
/** Deliveries for the figure of writing: in so many bursts of so many, of which the middle one counts. */
const BURSTS = 9;
const BURST = 2_000;
/** Less than this cannot be told from nothing on a shared machine, ms. */
const FLOOR_MS = 3;
/** What the larger may take in proportion to the smaller: the gate. */
const MAX_RATIO = 1.5;
const MIN_WRITE_RATIO = 0.9;

const hex = (n: number): string => n.toString(16).padStart(32, "0");

/** Pages of every filter, alone and together; what is rare, what is frequent, what is not there. */
const queries: readonly (readonly [what: string, query: string])[] = [
  ["newest", ""],
  ["a frequent origin", "origin=sms"],
  ["a rare outcome, 30 days", "outcome=failed"],
  ["an outcome that is not there", "outcome=dead"],
  ["a frequent outcome", "outcome=answered"],
  ["a call", `sid=CA${hex(700)}`],
  ["a message", `sid=SM${hex(5_003)}`],
  ["no such sid", `sid=SM${"f".repeat(32)}`],
  ["an account", `account=AC${hex(1)}`],
  ["a status", "twilio_status=completed"],
  ["a status of HTTP", "http_status=502"],
  ["an error code", "error_code=11203"],
  ["slow ones", "min_ms=10000"],
  ["slow ones of an origin", "min_ms=10000&origin=voice"],
  [
    "two that are frequent and never together",
    "origin=voice&twilio_status=ringing&http_status=502",
  ],
  ["a day, 20 days ago", "until=20d&since=21d"],
  ["an origin, a day, 20 days ago", "until=20d&since=21d&origin=status"],
];

const rigs: Rig[] = [];
const measured: {
  readonly count: number;
  readonly p95: Map<string, number>;
  readonly rates: number[];
}[] = [];
try {
  for (const count of sizes) {
    const rig = await startRig({
      origins: () => ({ sms: { path: "/sms", url: "https://app.example.com/sms" } }),
      ledger: "filling",
      hasKv: false,
    });
    rigs.push(rig);
    await fill(rig, count, Number(values.days), 0);
    await quiet(rig);
    const bytes = await rig.worker.storageBytes();
    console.log(`${count} deliveries: ${(bytes / 1e6).toFixed(0)} MB`);
    measured.push({ count, p95: new Map(), rates: [] });
  }
  // By turns: whatever else this machine does meets both.
  for (let burst = 0; burst < BURSTS; burst++) {
    for (const [at, rig] of rigs.entries()) measured[at]?.rates.push(await write(rig, burst));
  }
  for (const [what, query] of [...queries, ["a number", ""] as const]) {
    const times = rigs.map((): number[] => []);
    for (let round = 0; round < rounds + 3; round++) {
      for (const [at, rig] of rigs.entries()) {
        const ms = await measure(rig, what, query);
        if (round >= 3) times[at]?.push(ms);
      }
    }
    for (const [at, each] of times.entries()) measured[at]?.p95.set(what, quantile(each, 0.95));
  }
} finally {
  for (const rig of rigs) await rig.stop();
}

const [small, large] = measured;
let isGood = true;
if (small !== undefined && large !== undefined) {
  console.log(
    `\n| page of 50, p95 in ms | ${small.count} | ${large.count} | ratio |\n|---|---|---|---|`,
  );
  for (const [what, ms] of large.p95) {
    const before = small.p95.get(what) ?? Number.NaN;
    const ratio = Math.max(ms, FLOOR_MS) / Math.max(before, FLOOR_MS);
    isGood &&= ratio <= MAX_RATIO;
    console.log(`| ${what} | ${before.toFixed(2)} | ${ms.toFixed(2)} | ${ratio.toFixed(2)} |`);
  }
  const [slow, fast] = [quantile(large.rates, 0.5), quantile(small.rates, 0.5)];
  const written = slow / fast;
  isGood &&= written >= MIN_WRITE_RATIO;
  console.log(
    `| writing, deliveries a second | ${fast.toFixed(0)} | ${slow.toFixed(0)} | ${written.toFixed(2)} |`,
  );
}
console.log(isGood ? "\nwithin the gate" : "\nNOT within the gate");
process.exitCode = isGood ? 0 : 1;

async function fill(rig: Rig, count: number, days: number, from: number): Promise<void> {
  const step = 50_000;
  if (count === 0) return;
  // One call after the other: a request is not to run for minutes. The days are the same in each.
  for (let at = 0; at < count; at += step) {
    const part = Math.min(step, count - at);
    await ask(rig, "POST", `/fill?count=${part}&days=${days}&from=${from + at}`);
  }
}

/** Waits until the days that are over are merged: the object writes no more rows. */
async function quiet(rig: Rig): Promise<void> {
  for (let before = -1; ;) {
    const { ledger } = JSON.parse((await rig.log("/health")).body.toString());
    const now = Number(ledger[0].since_start.rows_written);
    if (now === before) return;
    before = now;
    await sleep(1_000);
  }
}

/** Deliveries a second, written into today. */
async function write(rig: Rig, burst: number): Promise<number> {
  const startedAtMs = performance.now();
  await fill(rig, BURST, 1, burst * BURST);
  return BURST / ((performance.now() - startedAtMs) / 1_000);
}

async function measure(rig: Rig, what: string, query: string): Promise<number> {
  const startedAtMs = performance.now();
  if (what === "a number")
    await ask(rig, "POST", "/_log/search", JSON.stringify({ from: "+14155557007" }));
  else await ask(rig, "GET", `/_log/deliveries?${query}`);
  return performance.now() - startedAtMs;
}

function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

async function ask(rig: Rig, method: "GET" | "POST", target: string, body = ""): Promise<void> {
  const headers = [["Authorization", `Bearer ${logToken}`]] as const;
  const { status, body: text } = await exchange(
    rig.worker.plain,
    requestBytes({ method, target, host: "hooks.example.net", headers, body: Buffer.from(body) }),
  );
  if (status !== 200) throw new Error(`${method} ${target}: ${status} ${text.toString()}`);
}
