import { isDeliveryId } from "../../ledger/delivery-id.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { cutTypedUrl, type TypedUrl } from "../typed-url.ts";

/** What `hookswitch replay` was told on the command line. */
export interface ReplayOptions {
  readonly to?: string;
  readonly newToken?: boolean;
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
    };

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
  if (id === undefined) return err("expected a delivery's id");
  if (!isDeliveryId(id)) {
    return err(`expected a delivery's id, 26 characters such as 01M85R4ERE00HACPH6B0CBCHVE`);
  }
  const one = { deliveryId: id, hasNewToken: options.newToken ?? false };
  if (options.to === undefined) return ok({ kind: "one", ...one });
  const to = cutTypedUrl(options.to);
  if (to === undefined) return err(`not a whole http or https URL: ${options.to}`);
  return ok({ kind: "local", ...one, to });
}
