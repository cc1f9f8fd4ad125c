import type { Stats } from "../log/stats.ts";
import type { Finding } from "./finding.ts";
import type { Health } from "../log/health.ts";

/** From so full on health itself says degraded. */
const FULL = 0.7;
/** What waits longer than this is told, s. */
const OLD_SECONDS = 3_600;

/** What the Worker says of itself: keys, configuration, ledger, KV, queue. */
export function healthFindings(health: Health): readonly Finding[] {
  const keyProblems = health.problems.filter(({ key }) => isKeys(key));
  const others = health.problems.filter(({ key }) => !isKeys(key));
  const deploy = "mend it in wrangler.toml and deploy; npx hookswitch check tells before";
  return [
    ...keyProblems.map(({ key, message }): Finding => ({
      check: "keys",
      state: "failed",
      detail: `${key}: ${message}`,
      mend: `npx wrangler secret put ${key}`,
    })),
    ...(keyProblems.length > 0 ? [] : [keysFinding(health)]),
    ...others.map(({ key, message }): Finding => ({
      check: "configuration",
      state: "failed",
      detail: `${key}: ${message}`,
      mend: deploy,
    })),
    ...health.warnings.map(({ key, message }): Finding => ({
      check: "configuration",
      state: "warning",
      detail: `${key}: ${message}`,
    })),
    ...(health.problems.length + health.warnings.length > 0
      ? []
      : [
          {
            check: "configuration",
            state: "ok",
            detail: `no problems, version ${health.version}`,
          } as const,
        ]),
    ledgerFinding(health),
    kvFinding(health),
    ...queueFindings(health),
  ];
}

function isKeys(key: string): boolean {
  return key.startsWith("TWILIO_");
}

function keysFinding({ keys }: Health): Finding {
  return keys === undefined
    ? { check: "keys", state: "ok", detail: "no problem is told of them" }
    : { check: "keys", state: "ok", detail: `set: ${keys.join(", ")}` };
}

function ledgerFinding({ shards }: Health): Finding {
  const away = shards.filter(({ isReachable }) => !isReachable).map(({ shard }) => shard);
  if (away.length > 0) {
    const mend =
      "ask again in a minute; npx wrangler tail tells why, status.cloudflare.com whether";
    return {
      check: "ledger",
      state: "failed",
      detail: `out of reach: shard ${away.join(", ")}`,
      mend,
    };
  }
  const fullest = Math.max(0, ...shards.map(({ full }) => full));
  const detail = `${shards.length} ${shards.length === 1 ? "shard" : "shards"}, the fullest at ${Math.round(fullest * 100)} %`;
  return fullest < FULL
    ? { check: "ledger", state: "ok", detail }
    : {
        check: "ledger",
        state: "warning",
        detail,
        mend: "raise LEDGER_SHARDS, or keep less: LOG_DAYS, log.bodies",
      };
}

function kvFinding({ kv }: Health): Finding {
  if (kv === "ok") return { check: "kv", state: "ok", detail: "answers" };
  if (kv === "unbound") return { check: "kv", state: "ok", detail: "not bound" };
  return kv === "unreachable"
    ? {
        check: "kv",
        state: "failed",
        detail: "out of reach: duplicates are told by the ledger alone",
      }
    : {
        check: "kv",
        state: "warning",
        detail: `${kv}: its quota is used up`,
        mend: 'leave ANSWERS unbound, or take dedupe.store = "ledger"',
      };
}

function queueFindings({ queue }: Health): readonly Finding[] {
  return queue.flatMap(({ origin, count, oldestAgeSeconds, held }): readonly Finding[] => {
    const detail = `${count} for ${origin}, the oldest for ${Math.floor(oldestAgeSeconds / 60)} min`;
    if (held !== undefined) {
      const mend =
        held === "key_gone"
          ? "put back the LOG_KEY that they were sealed with, behind the new one"
          : `configure the origin ${origin} again`;
      return [{ check: "queue", state: "failed", detail: `held (${held}): ${detail}`, mend }];
    }
    return oldestAgeSeconds < OLD_SECONDS ? [] : [{ check: "queue", state: "warning", detail }];
  });
}

/**
 * How the origins have answered real webhooks, as the log has it: nothing is sent to them for this.
 * @param stats Of a day.
 */
export function originFindings({ origins, breakers }: Health, stats: Stats): readonly Finding[] {
  const counted = new Map(stats.origins.map(({ name, outcomes }) => [name, outcomes]));
  const names = origins?.map(({ name }) => name) ?? [...counted.keys()].filter((name) => name);
  return names.map((name) => {
    const check = "origin";
    const outcomes = counted.get(name) ?? {};
    const of = (...words: readonly string[]): number =>
      words.reduce((sum, word) => sum + (outcomes[word] ?? 0), 0);
    const good = of("answered", "delivered");
    const bad = of("failed", "fell_back", "dead");
    const state = breakers.find(({ origin }) => origin === name)?.state ?? "closed";
    const breaker = state === "closed" ? "" : `, its breaker is ${state}`;
    if (good + bad === 0) {
      const detail = `${name}: was sent nothing in the last day${breaker}`;
      const isForwarded = origins?.find((origin) => origin.name === name)?.isForwarded ?? true;
      const mend = isForwarded
        ? "--probe-origins asks it from this machine whether it is there"
        : "Twilio tells it something only when something is wrong: docs/what-twilio-saw.md";
      return { check, state: "skipped", detail, mend };
    }
    const detail = `${name}: answered ${good} of ${good + bad} in the last day${breaker}`;
    if (bad === 0 && breaker === "") return { check, state: "ok", detail };
    const mend = `npx hookswitch log --origin ${name} --since 1d --outcome ${of("failed") > 0 ? "failed" : of("dead") > 0 ? "dead" : "fell_back"}`;
    return { check, state: good === 0 ? "failed" : "warning", detail, mend };
  });
}
