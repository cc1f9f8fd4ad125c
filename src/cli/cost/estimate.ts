import { announced, awake, cpuMs, nowAndThen, type Operations } from "./operations.ts";
import { planDollars, prices, storagePrices } from "./prices.ts";

/** How webhooks are taken. */
export type CostMode = "respond" | "queue";

/** A reader's own figures. */
export interface CostInput {
  /** Webhooks a day, duplicates included, ≥ 1. */
  readonly perDay: number;
  readonly mode: CostMode;
  /** The part of them that are duplicates, 0 to 1. */
  readonly duplicates: number;
  /** How long the origin takes to answer, ms. */
  readonly originMs: number;
  /** Days that the log is kept for: `LOG_DAYS`. */
  readonly days: number;
  /** Stored of each webhook, bytes. */
  readonly bytes: number;
  /** How much busier than the average the busiest second is, ≥ 1. */
  readonly peak: number;
}

/** One thing that is billed. */
export interface CostLine {
  readonly title: string;
  /** In a month of 30 days; of what is stored, once it is as much as it gets. */
  readonly perMonth: number;
  readonly included: number;
  /** Above what is included. */
  readonly dollars: number;
}

/** What it comes to. */
export interface Estimate {
  readonly lines: readonly CostLine[];
  /** The plan included. */
  readonly dollarsPerMonth: number;
  /** Of a million webhooks more, when all that is included is used up; without what is stored. */
  readonly dollarsPerMillion: number;
  readonly storedGb: number;
  readonly shards: number;
}

/** One thing that the free plan bounds. */
export interface FreeLine {
  readonly title: string;
  readonly usedPerDay: number;
  readonly limitPerDay: number;
  /** Webhooks a day that it carries. */
  readonly webhooks: number;
  /** Whether webhooks go on without: the ledger decides where KV takes no more writes. */
  readonly isSpare: boolean;
}

const DAY_S = 86_400;
const MONTH_DAYS = 30;
const MILLION = 1_000_000;
const GB = 1_000_000_000;
/** An object is billed for 128 MB while it is awake. */
const OBJECT_GB = 0.128;
/** Cloudflare's guidance for one object, requests a second with writes: 200 to 500. The careful end. */
export const REQUESTS_PER_OBJECT = 200;
/** Of an object's 10 GB health warns at 70 %. */
export const GB_PER_OBJECT = 7;
/** An origin that is faster saves a row in respond mode, ms (see `announced.respondFast`). */
const FAST_ORIGIN_MS = 150;
/** KV keeps an answer for `dedupe.ttl`, by default so long, s; some bytes of it. */
const TTL_S = 600;
const ANSWER_BYTES = 1_000;

type Billed = Operations & { readonly cpuMs: number; readonly gbSeconds: number };
const billedNames = [
  "workerRequests",
  "cpuMs",
  "ledgerRequests",
  "gbSeconds",
  "rowsWritten",
  "rowsRead",
  "kvReads",
  "kvWrites",
] as const satisfies readonly (keyof Billed)[];

/** What a month costs under the paid plan. */
export function estimate(input: CostInput): Estimate {
  const shards = shardsFor(input);
  const day = dayOf(webhookOf(input), input, shards);
  const storedGb = storedGbOf(input);
  const kvGb = (day.kvWrites * Math.min(1, TTL_S / DAY_S) * ANSWER_BYTES) / GB;
  const lines = [
    ...billedNames.map((name): CostLine => {
      const { title, included, dollarsPerMillion } = prices[name];
      const perMonth = day[name] * MONTH_DAYS;
      return line({ title, perMonth, included }, dollarsPerMillion / MILLION);
    }),
    storedLine(storagePrices.ledger, storedGb),
    storedLine(storagePrices.kv, kvGb),
  ];
  return {
    lines,
    dollarsPerMonth: lines.reduce((sum, { dollars }) => sum + dollars, planDollars),
    dollarsPerMillion: listPriceOfMillion(webhookOf(input)),
    storedGb,
    shards,
  };
}

/**
 * What a million cost at list price, nothing included: without what an object costs now and then, and without its
 * time, which has an upper end of its own (see `objectDollars`).
 */
export function listPriceOfMillion(operations: Operations): number {
  const billed = { ...operations, cpuMs: operations.workerRequests * cpuMs, gbSeconds: 0 };
  return billedNames.reduce((sum, name) => sum + billed[name] * prices[name].dollarsPerMillion, 0);
}

/** An object that is awake all month, at list price. */
export function objectDollars(): number {
  return (MONTH_DAYS * DAY_S * OBJECT_GB * prices.gbSeconds.dollarsPerMillion) / MILLION;
}

/** What the free plan carries, what runs out first before the others. One object. */
export function freePlan(input: CostInput): readonly FreeLine[] {
  const { title, freeGb } = storagePrices.ledger;
  const stored: FreeLine = {
    title,
    usedPerDay: storedGbOf(input),
    limitPerDay: freeGb,
    webhooks: largest((perDay) => storedGbOf({ ...input, perDay }) <= freeGb),
    isSpare: false,
  };
  const lines = freeLines(webhookOf(input), input);
  return [...lines, stored].toSorted((one, other) => one.webhooks - other.webhooks);
}

/** How many of one kind a day of the free plan carries, KV's writes and what is stored aside. */
export function freeWebhooks(operations: Operations, mode: CostMode): number {
  const lines = freeLines(operations, { perDay: 1, mode }).filter(({ isSpare }) => !isSpare);
  return Math.min(...lines.map(({ webhooks }) => webhooks));
}

function freeLines(each: Operations, input: Pick<CostInput, "perDay" | "mode">): FreeLine[] {
  const used = dayOf(each, input, 1);
  return billedNames
    .filter((name) => Number.isFinite(prices[name].freePerDay))
    .map((name) => {
      const { title, freePerDay } = prices[name];
      const fits = (perDay: number): boolean =>
        dayOf(each, { ...input, perDay }, 1)[name] <= freePerDay;
      return {
        title,
        usedPerDay: used[name],
        limitPerDay: freePerDay,
        webhooks: largest(fits),
        isSpare: name === "kvWrites",
      };
    });
}

/** How many objects carry the busiest second, and what is stored. */
export function shardsFor(input: CostInput): number {
  const perSecond = (input.perDay / DAY_S) * input.peak * webhookOf(input).ledgerRequests;
  return Math.max(
    1,
    Math.ceil(perSecond / REQUESTS_PER_OBJECT),
    Math.ceil(storedGbOf(input) / GB_PER_OBJECT),
  );
}

/** One webhook, duplicates in it as often as they come. */
function webhookOf({ mode, duplicates, originMs }: CostInput): Operations {
  const responded = originMs <= FAST_ORIGIN_MS ? announced.respondFast : announced.respond;
  const [first, again] =
    mode === "respond"
      ? [responded, announced.duplicate]
      : [announced.queue, announced.queueDuplicate];
  const mixed = (name: keyof Operations): number =>
    first[name] * (1 - duplicates) + again[name] * duplicates;
  return {
    workerRequests: mixed("workerRequests"),
    ledgerRequests: mixed("ledgerRequests"),
    rowsWritten: mixed("rowsWritten"),
    rowsRead: mixed("rowsRead"),
    kvReads: mixed("kvReads"),
    kvWrites: mixed("kvWrites"),
  };
}

/** All of a day. What an object costs now and then, and its time, are upper ends: as if no two came together. */
function dayOf(
  each: Operations,
  { perDay, mode }: Pick<CostInput, "perDay" | "mode">,
  shards: number,
): Billed {
  const timesOf = (everyS: number): number => Math.min(perDay, (shards * DAY_S) / everyS);
  const { counts, alarm } = nowAndThen;
  const alarms = mode === "queue" ? timesOf(alarm.everyS) : 0;
  const awakeS = Math.min(perDay * awake.atMostS, shards * DAY_S);
  return {
    workerRequests: perDay * each.workerRequests,
    cpuMs: perDay * each.workerRequests * cpuMs,
    ledgerRequests: perDay * each.ledgerRequests + alarms * alarm.ledgerRequests,
    gbSeconds: awakeS * OBJECT_GB,
    rowsWritten:
      perDay * each.rowsWritten +
      timesOf(counts.everyS) * counts.rowsWritten +
      alarms * alarm.rowsWritten,
    rowsRead: perDay * each.rowsRead,
    kvReads: perDay * each.kvReads,
    kvWrites: perDay * each.kvWrites,
  };
}

function storedGbOf({ perDay, days, bytes }: Pick<CostInput, "perDay" | "days" | "bytes">): number {
  return (perDay * days * bytes) / GB;
}

function storedLine(
  { title, includedGb, dollarsPerGb }: { title: string; includedGb: number; dollarsPerGb: number },
  perMonth: number,
): CostLine {
  return line({ title, perMonth, included: includedGb }, dollarsPerGb);
}

function line(used: Omit<CostLine, "dollars">, dollarsEach: number): CostLine {
  return { ...used, dollars: Math.max(0, used.perMonth - used.included) * dollarsEach };
}

/** The largest number of webhooks that fits, to one; infinite where any number does. */
function largest(fits: (perDay: number) => boolean): number {
  let [low, high] = [0, 1e12];
  if (fits(high)) return Number.POSITIVE_INFINITY;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
