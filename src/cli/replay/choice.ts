import { isDeliveryId } from "../../ledger/delivery-id.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/** What `hookswitch replay` was told on the command line. */
export interface ReplayOptions {
  readonly newToken?: boolean;
  readonly url?: string;
  readonly json?: boolean;
}

/** What is to be sent again. */
export interface ReplayChoice {
  readonly kind: "one";
  readonly deliveryId: string;
  readonly hasNewToken: boolean;
}

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
  return ok({ kind: "one", deliveryId: id, hasNewToken: options.newToken ?? false });
}
