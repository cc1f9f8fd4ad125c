import { isDeliveryId } from "../../ledger/delivery-id.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { cutTypedUrl, type TypedUrl } from "../typed-url.ts";
import { type FilterOptions, filtersOf } from "../log/filters.ts";

/** What `hookswitch replay` was told on the command line. */
export interface ReplayOptions extends FilterOptions {
  readonly to?: string;
  readonly newToken?: boolean;
  readonly all?: boolean;
  /** Of a plan. */
  readonly resume?: string;
  /** Deliveries a second, 1–100. */
  readonly rate?: number;
  readonly yes?: boolean;
  readonly url?: string;
  readonly json?: boolean;
}

/** What is to be sent again. */
export type ReplayChoice =
  /** A delivery, by the Worker to its own origin. */
  | { readonly kind: "one"; readonly deliveryId: string; readonly hasNewToken: boolean }
  /** A delivery, from here to any URL. */
  | {
      readonly kind: "local";
      readonly deliveryId: string;
      readonly to: TypedUrl;
      readonly hasNewToken: boolean;
    }
  /** All that match, by the Worker. */
  | {
      readonly kind: "many";
      /** None for everything. */
      readonly filters: readonly (readonly [name: string, text: string])[];
      readonly rate: number;
      /** Whether nobody need be asked. */
      readonly isSure: boolean;
    }
  /** A plan that was made before; without a rate it keeps its own. */
  | { readonly kind: "resume"; readonly planId: string; readonly rate: number | undefined };

/** Deliveries a second. */
export const DEFAULT_RATE = 10;

/**
 * Decides what a command line asks for.
 *
 * @param id As typed; `undefined` without one.
 * @returns One sentence for what cannot be meant.
 */
export function chooseReplay(
  id: string | undefined,
  options: ReplayOptions,
): Result<ReplayChoice, string> {
  const filters = filtersOf(options);
  const isMany = filters.length > 0 || options.all === true;
  if (options.resume !== undefined) {
    const isAlone = id === undefined && !isMany && options.to === undefined && !options.newToken;
    if (!isAlone) return err("--resume goes with no id and no filter: the plan says what is sent");
    return chooseResume(options.resume, options.rate);
  }
  if (id !== undefined && isMany) return err("an id does not go with filters: it is one delivery");
  if (id !== undefined) return chooseOne(id, options);
  if (!isMany) {
    return err(
      "expected a delivery's id, a filter such as --since 2h, or --all for all of the log",
    );
  }
  if (options.all && filters.length > 0)
    return err("--all does not go with filters: it is all of the log");
  if (options.to !== undefined) return err("--to goes with a delivery's id only");
  if (options.newToken) return err("--new-token goes with a delivery's id only");
  const rate = options.rate ?? DEFAULT_RATE;
  return ok({ kind: "many", filters, rate, isSure: options.yes ?? false });
}

function chooseResume(planId: string, rate: number | undefined): Result<ReplayChoice, string> {
  // It becomes a part of a path.
  if (!/^[\w-]+$/.test(planId)) return err("--resume: expected the id of a plan");
  return ok({ kind: "resume", planId, rate });
}

function chooseOne(id: string, options: ReplayOptions): Result<ReplayChoice, string> {
  if (!isDeliveryId(id)) {
    return err("expected a delivery's id, 26 characters such as 01M85R4ERE00HACPH6B0CBCHVE");
  }
  if (options.rate !== undefined) return err("--rate does not go with an id: it is one delivery");
  if (options.yes) return err("--yes does not go with an id: nothing is asked");
  const one = { deliveryId: id, hasNewToken: options.newToken ?? false };
  if (options.to === undefined) return ok({ kind: "one", ...one });
  const to = cutTypedUrl(options.to);
  if (to === undefined) return err(`not a whole http or https URL: ${options.to}`);
  return ok({ kind: "local", ...one, to });
}
