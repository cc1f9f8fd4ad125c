import type { OriginConfig } from "../../config/types.ts";
import { isInside } from "../../forward/target-url.ts";
import type { Setting } from "./resource.ts";
import type { WebhookUrl } from "./webhook-url.ts";

/** Whether a URL is one that the target stands for; its own query is what Hookswitch puts before the received one. */
export function takes(target: OriginConfig["target"], { url, query }: WebhookUrl): boolean {
  if (!isInside(target, url)) return false;
  return !target.query || query === target.query || query?.startsWith(`${target.query}&`) === true;
}

/** What of a query that begins with the target's own is left for Hookswitch's URL; as typed. */
export function restOfQuery(
  own: string | undefined,
  present: string | undefined,
): string | undefined {
  if (!own || present === undefined) return present;
  return present === own ? undefined : present.slice(own.length + 1);
}

/**
 * Takes those that fit closest: exact before prefix, a longer path and a longer query of its own first.
 * Among equals, the mode decides where it can: queue for `status`, respond for the rest.
 *
 * @returns Several where nothing tells them apart; none of none.
 */
export function bestOf(
  origins: readonly OriginConfig[],
  use: Setting["use"],
): readonly OriginConfig[] {
  const highest = origins.reduce<readonly number[]>(
    (best, origin) => (isHigher(rank(origin), best) ? rank(origin) : best),
    [],
  );
  const best = origins.filter((origin) => !isHigher(highest, rank(origin)));
  const fit = best.filter(({ queue }) => (queue !== undefined) === (use === "status"));
  return fit.length > 0 ? fit : best;
}

/** The higher, the closer it fits: compared from the first on. */
function rank({ target }: OriginConfig): readonly number[] {
  return [target.isPrefix ? 0 : 1, target.path.length, target.query?.length ?? 0];
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((each, at) => each !== b[at]);
  return index >= 0 && (a[index] ?? 0) > (b[index] ?? -1);
}
