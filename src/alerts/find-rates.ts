import type { AlertRules } from "../config/alerts-types.ts";
import { bucketEndMs, countsOf, webhooksIn, type Counted, type Tally } from "../ledger/tally.ts";
import type { Measurement } from "./measurement.ts";
import { likelyCause } from "./refusals.ts";
import type { Finding, Rule, Severity } from "./rules.ts";
import { countText, spanText } from "./words.ts";

/** Webhooks of an origin that got no answer of its own. */
export function findFailing(
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

/** What was not proven to be Twilio's, and what was and has no origin. */
export function findRefusals(
  tally: Tally,
  { origins, windowMs }: Measurement,
  rule: AlertRules["refusals"],
): readonly Finding[] {
  if (rule === undefined) return [];
  const heardInAll = webhooksIn(tally);
  const ofOrigins = origins.flatMap(({ name }) => {
    const own = countsOf(tally).filter(({ origin }) => origin === name);
    const refused = own.filter(({ outcome }) => outcome === "refused");
    const count = totalOf(refused, "refused");
    // What Twilio merely tells is answered, and nothing of it measured.
    const taken = Math.max(webhooksIn(tally, name), totalOf(own, "answered"));
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

/** Answers that took nearly all of the budget. */
export function findBudget(
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

function totalOf(counts: readonly Counted[], word: string): number {
  return counts
    .filter(({ outcome }) => outcome === word)
    .reduce((all, { count }) => all + count, 0);
}
