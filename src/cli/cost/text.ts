import { columns } from "../columns.ts";
import type { CostInput, Estimate, FreeLine } from "./estimate.ts";
import { planDollars, readOn } from "./prices.ts";

/** Of `LEDGER_SHARDS`. */
const MOST_SHARDS = 1_024;

/** What a month costs, for whoever reads. */
export function costText(input: CostInput, found: Estimate): string {
  const rows = found.lines.map(({ title, perMonth, included, dollars }) => [
    title,
    amount(perMonth),
    amount(included),
    money(dollars),
  ]);
  return [
    `${heading(input)}; Cloudflare's list prices of ${readOn}, a month of 30 days`,
    ...columns([
      ["", "a month", "included", "$"],
      ...rows,
      ["the paid plan", "", "", money(planDollars)],
      ["all", "", "", money(found.dollarsPerMonth)],
    ]),
    `a million more: $${money(found.dollarsPerMillion)}, without ledger time and what is stored`,
    `stored after ${input.days} days: ${amount(found.storedGb)} GB, ${input.bytes} bytes each`,
    found.shards > MOST_SHARDS
      ? `LEDGER_SHARDS: ${found.shards}, and ${MOST_SHARDS} is the most: keep less, or not as long`
      : `LEDGER_SHARDS: ${found.shards}`,
  ].join("\n");
}

/** What a day of the free plan carries, for whoever reads. */
export function freeText(input: CostInput, limits: readonly FreeLine[]): string {
  const rows = limits.map(({ title, usedPerDay, limitPerDay, webhooks }) => [
    title,
    amount(usedPerDay),
    amount(limitPerDay),
    Number.isFinite(webhooks) ? webhooks.toLocaleString("en-US") : "any",
  ]);
  const [first] = limits.filter(({ isSpare }) => !isSpare);
  return [
    `${heading(input)}; Cloudflare's free plan of ${readOn}`,
    ...columns([["", "a day", "allowed", "webhooks a day"], ...rows]),
    ...limits
      .filter(({ isSpare, webhooks }) => isSpare && webhooks < input.perDay)
      .map(
        ({ title, webhooks }) => `${title} run out after ${webhooks}: the ledger goes on deciding`,
      ),
    `the free plan carries ${first?.webhooks.toLocaleString("en-US")} a day: ${first?.title} run out first`,
  ].join("\n");
}

function heading({ perDay, mode, originMs, duplicates }: CostInput): string {
  const taken = mode === "respond" ? `respond, answered in ${originMs} ms` : mode;
  return `${perDay.toLocaleString("en-US")} webhooks a day, ${taken}, ${duplicates * 100} % duplicates`;
}

/** Of millions two digits after the point, of less none but where it is less than ten. */
function amount(number: number): string {
  if (number >= 1_000_000)
    return `${Number((number / 1_000_000).toFixed(2)).toLocaleString("en-US")} M`;
  return Number(number.toFixed(number < 10 ? 2 : 0)).toLocaleString("en-US");
}

/** Dollars and cents. */
export function money(dollars: number): string {
  return dollars.toFixed(2);
}
