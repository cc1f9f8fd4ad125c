import type { AlertRules } from "../config/alerts-types.ts";
import type { Measured } from "../ledger/protocol.ts";
import {
  bucketEndMs,
  countsOf,
  sum,
  webhooksIn,
  type Counted,
  type Tally,
} from "../ledger/tally.ts";
import { findEvents } from "./events.ts";
import { likelyCause } from "./refusals.ts";
import type { Finding, Rule, Severity } from "./rules.ts";
import { countText, spanText } from "./words.ts";

/** What an alert needs to know of an origin. */
export interface WatchedOrigin {
  readonly name: string;
  /** What Twilio is answered in, ms; `undefined` where it is acknowledged at once. */
  readonly budgetMs: number | undefined;
}

/** What was measured, and of what. */
export interface Measurement {
  /** By shard; `undefined` for one that cannot be reached. */
  readonly shards: readonly (Measured | undefined)[];
  readonly origins: readonly WatchedOrigin[];
  /** Keys of the configuration that something is wrong with. */
  readonly problemKeys: readonly string[];
  readonly windowMs: number;
}

/** Says of each rule what is bad now and what is well. Silence, which needs a memory, aside. */
export function findAll(measured: Measurement, rules: AlertRules): readonly Finding[] {
  const reached = measured.shards.filter((shard) => shard !== undefined);
  const tally = sum(reached.map((shard) => shard.tally));
  return [
    ...(rules.ledger ? findLedger(measured.shards) : []),
    ...(rules.configuration ? [findConfiguration(measured.problemKeys)] : []),
    ...findFailing(tally, measured, rules.failing),
    ...findRefusals(tally, measured, rules.refusals),
    ...findBudget(tally, measured, rules.budget),
    ...(rules.breaker ? findBreakers(reached) : []),
    ...findBacklog(measured, rules.backlogMs),
    ...findStorage(measured.shards, rules.storage),
    ...findEvents(tally, (rule) => rules[rule]),
  ];
}

function findLedger(shards: Measurement["shards"]): readonly Finding[] {
  return shards.map((shard, number) => ({
    rule: "ledger",
    subject: `shard ${number}`,
    isBad: shard === undefined,
    severity: "critical",
    text:
      shard === undefined
        ? "the ledger's object does not answer: webhooks are forwarded without it, duplicates too"
        : "the ledger's object answers",
  }));
}

function findConfiguration(keys: readonly string[]): Finding {
  const [first, ...others] = keys;
  return {
    rule: "configuration",
    subject: "",
    isBad: first !== undefined,
    severity: "critical",
    text:
      first === undefined
        ? "nothing is wrong with the configuration"
        : `wrong in the configuration: ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`,
  };
}

function findFailing(
  tally: Tally,
  { origins, windowMs }: Measurement,
  rule: AlertRules["failing"],
): readonly Finding[] {
  if (rule === undefined) return [];
  return origins.flatMap(({ name }) => {
    const counts = countsOf(tally).filter(({ origin }) => origin === name);
    const failed = totalOf(counts, "failed");
    const fellBack = totalOf(counts, "fell_back");
    const all = failed + fellBack + totalOf(counts, "answered") + totalOf(counts, "delivered");
    const parts = [
      failed > 0 ? `${failed} got no usable answer` : "",
      fellBack > 0 ? `${fellBack} got the fallback's` : "",
    ].filter((part) => part !== "");
    return rated("failing", name, { count: failed + fellBack, all, ...rule }, () => ({
      severity: failed > 0 ? "critical" : "error",
      text: `of ${countText(all, "webhook")} in ${spanText(windowMs)}, ${parts.join(" and ") || "none failed"}`,
    }));
  });
}

function findRefusals(
  tally: Tally,
  { origins, windowMs }: Measurement,
  rule: AlertRules["refusals"],
): readonly Finding[] {
  if (rule === undefined) return [];
  const heardInAll = webhooksIn(tally);
  const ofOrigins = origins.flatMap(({ name }) => {
    const refused = countsOf(tally).filter(
      ({ origin, outcome }) => origin === name && outcome === "refused",
    );
    const count = totalOf(refused, "refused");
    const taken = webhooksIn(tally, name);
    const [most] = refused.toSorted((one, other) => other.count - one.count);
    const reason = most?.reason ?? "";
    return rated("refusals", name, { count, all: count + taken, ...rule }, () => ({
      severity: taken === 0 ? "critical" : "warning",
      text: `${count} of ${countText(count + taken, "request")} in ${spanText(windowMs)} were refused${
        reason === "" ? "" : `, most for ${reason} – ${likelyCause(reason, taken === 0)}`
      }`,
    }));
  });
  // Twilio's own, to a path that no origin has: the setup is wrong, and nobody but Twilio can bring it about.
  const unrouted = totalOf(countsOf(tally), "unrouted");
  const all = unrouted + heardInAll;
  const ofNone = rated("refusals", "no route", { ...rule, count: unrouted, all }, () => ({
    severity: "error",
    text: `${unrouted} of ${countText(all, "webhook")} of Twilio's in ${spanText(windowMs)} went to a path that no origin has: 404`,
  }));
  return [...ofOrigins, ...ofNone];
}

function findBudget(
  tally: Tally,
  { origins, windowMs }: Measurement,
  rule: AlertRules["budget"],
): readonly Finding[] {
  if (rule === undefined) return [];
  return origins.flatMap(({ name, budgetMs }) => {
    if (budgetMs === undefined) return [];
    const slowMs = rule.used * budgetMs;
    const buckets = Object.entries(tally.total[name] ?? {});
    // By the middle of its bucket: right to a tenth.
    const slow = buckets
      .filter(([bucket]) => middleMs(Number(bucket)) > slowMs)
      .reduce((sumSoFar, [, count]) => sumSoFar + count, 0);
    const all = webhooksIn(tally, name);
    return rated("budget", name, { count: slow, all, ...rule }, () => ({
      severity: "warning",
      text: `${slow} of ${countText(all, "answer")} in ${spanText(windowMs)} took over ${Math.round(slowMs)} ms, ${Math.round(rule.used * 100)} % of the budget of ${budgetMs} ms`,
    }));
  });
}

function middleMs(bucket: number): number {
  return bucket === 0 ? 0 : (bucketEndMs(bucket - 1) + bucketEndMs(bucket)) / 2;
}

/**
 * Bad with so many and such a share; well with a smaller share. A few that fail, or none at all, tell
 * nothing: what was said before holds.
 */
function rated(
  rule: Rule,
  subject: string,
  rate: {
    readonly count: number;
    readonly all: number;
    readonly share: number;
    readonly atLeast: number;
  },
  told: () => { readonly severity: Severity; readonly text: string },
): readonly Finding[] {
  const isOver = rate.all > 0 && rate.count / rate.all >= rate.share;
  if (rate.all === 0 || (isOver && rate.count < rate.atLeast)) return [];
  return [{ rule, subject, isBad: isOver, ...told() }];
}

function findBreakers(shards: readonly Measured[]): readonly Finding[] {
  const byOrigin = Map.groupBy(
    shards.flatMap(({ breakers }) => breakers),
    ({ origin }) => origin,
  );
  return [...byOrigin].map(([subject, found]) => {
    const open = found.filter(({ state }) => state !== "closed").length;
    return {
      rule: "breaker",
      subject,
      isBad: open > 0,
      severity: "error",
      text:
        open > 0
          ? `the breaker is open${shards.length > 1 ? ` in ${open} of ${shards.length} shards` : ""}: the origin cannot be reached or does not answer in time`
          : "the breaker is closed: the origin answers",
    };
  });
}

function findBacklog(
  { shards, origins }: Measurement,
  afterMs: number | undefined,
): readonly Finding[] {
  if (afterMs === undefined) return [];
  const waiting = Map.groupBy(
    shards.flatMap((shard) => shard?.queue ?? []),
    ({ origin }) => origin,
  );
  // Nothing is known to be empty of which a shard does not say.
  const empty = shards.includes(undefined) ? [] : origins.filter(({ name }) => !waiting.has(name));
  const none = empty.map(({ name }): Finding => ({
    rule: "backlog",
    subject: name,
    isBad: false,
    severity: "error",
    text: "nothing is queued any more",
  }));
  const old = [...waiting].map(([subject, found]): Finding => {
    const oldestMs = Math.max(...found.map(({ oldestAgeMs }) => oldestAgeMs));
    const count = found.reduce((all, each) => all + each.count, 0);
    const held = found.find((each) => each.held !== undefined)?.held;
    const why =
      held === undefined
        ? ""
        : held === "origin_gone"
          ? "; they are held: the origin is not configured any more"
          : "; they are held: the LOG_KEY that sealed them is not there";
    return {
      rule: "backlog",
      subject,
      isBad: oldestMs >= afterMs,
      severity: "error",
      text: `${count} queued, the oldest for ${spanText(oldestMs)}${why}`,
    };
  });
  return [...old, ...none];
}

function findStorage(
  shards: Measurement["shards"],
  rule: AlertRules["storage"],
): readonly Finding[] {
  if (rule === undefined) return [];
  return shards.flatMap((shard, number) => {
    if (shard === undefined) return [];
    const share = shard.storageBytes / shard.maxStorageBytes;
    const text = `the ledger's object is ${Math.floor(share * 100)} % full`;
    return [
      {
        rule: "storage" as const,
        subject: `shard ${number}`,
        isBad: share >= rule.warn,
        severity: "warning" as const,
        text: `${text}: past 90 % it keeps no bodies, past 95 % nothing is queued`,
      },
      {
        rule: "storage" as const,
        subject: `shard ${number} full`,
        isBad: share >= rule.full,
        severity: "critical" as const,
        text: `${text}: bodies are not kept any more, and soon nothing is queued`,
      },
    ];
  });
}

function totalOf(counts: readonly Counted[], word: string): number {
  return counts
    .filter(({ outcome }) => outcome === word)
    .reduce((all, { count }) => all + count, 0);
}
