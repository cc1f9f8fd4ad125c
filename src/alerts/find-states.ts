import type { AlertRules } from "../config/alerts-types.ts";
import type { Measured } from "../ledger/protocol.ts";
import type { Measurement } from "./measurement.ts";
import type { Finding } from "./rules.ts";
import { spanText } from "./words.ts";

/** Objects that do not answer. */
export function findLedger(shards: Measurement["shards"]): readonly Finding[] {
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

/** What is wrong with the configuration. */
export function findConfiguration(keys: readonly string[]): Finding {
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

/**
 * Breakers, over all shards.
 * @param sinceLastMs Since the last run: what has opened meanwhile is told though it has closed again.
 */
export function findBreakers(shards: readonly Measured[], sinceLastMs: number): readonly Finding[] {
  const byOrigin = Map.groupBy(
    shards.flatMap(({ breakers }) => breakers),
    ({ origin }) => origin,
  );
  return [...byOrigin].map(([subject, found]) => {
    const open = found.filter(({ state }) => state !== "closed").length;
    const openedAgoMs = Math.min(
      ...found.map((each) => each.openedAgoMs ?? Number.POSITIVE_INFINITY),
    );
    if (open === 0 && openedAgoMs < sinceLastMs) {
      const text =
        "the breaker has opened and closed again since the last run: the origin could not be reached, or did not answer in time, for some seconds";
      return { rule: "breaker", subject, isBad: true, severity: "error", text };
    }
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

/** What is queued, and for how long. */
export function findBacklog(
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

/** How full each object is. */
export function findStorage(
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
