import type { Config } from "../config/types.ts";
import type { Attempt } from "../forward/origin.ts";
import { afterAttempt, nextNumber } from "../ledger/after-attempt.ts";
import type { DeliveryOutcome } from "../ledger/delivery.ts";
import type { Ports } from "../shared/ports.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { headerNames } from "../twilio/headers.ts";
import { attemptQueued, leaseMs } from "./attempt.ts";
import { webhookOf, type NotSendable } from "./leased.ts";

/** Of a replay that is no part of a plan, in the log and in `Hookswitch-Replay`. */
export const SINGLE = "single";

/** A delivery that was sent again. */
export interface Replayed {
  /** What the delivery is now. */
  readonly outcome: DeliveryOutcome;
  readonly isDelivered: boolean;
  readonly attempt: Attempt;
}

/** Why it was not. */
export type NotReplayed =
  | NotSendable
  /** Nothing of this id is in the log. */
  | "not_found"
  /** It is under way. */
  | "running"
  /** Its origin is not configured, or not well. */
  | "origin_gone";

/** What a replay takes from outside. */
type ReplayPorts = Pick<
  Ports,
  "clock" | "random" | "randomBytes" | "sealer" | "originClient" | "reader" | "ledger"
>;

/**
 * Sends a delivery again, to its configured origin and nowhere else: signed with the key of today, as a
 * further attempt of the same delivery, under a lease. Rejects when the ledger cannot be reached.
 *
 * @param input.hasNewToken Whether it goes under an idempotency token of its own, for an origin that has
 *   answered this one and would not look again.
 */
export async function replayDelivery(
  input: { readonly deliveryId: string; readonly hasNewToken: boolean },
  config: Config,
  ports: ReplayPorts,
): Promise<Result<Replayed, NotReplayed>> {
  const { deliveryId } = input;
  const record = await ports.reader.find(deliveryId);
  if (record === undefined) return err("not_found");
  if (record.outcome === "running") return err("running");
  const origin = config.origins.find(({ name }) => name === record.origin);
  const webhook = await webhookOf(record, { config, sealer: ports.sealer });
  if (typeof webhook === "string") return err(webhook);
  if (origin === undefined) return err("origin_gone");

  const leased = await ports.reader.lease({
    deliveryId,
    outcome: record.outcome,
    leaseMs: leaseMs(origin),
  });
  if (leased.state === "running") return err("running");
  if (leased.state === "unknown") return err("not_found");
  if (input.hasNewToken) webhook.headers.set(headerNames.idempotencyToken, newToken(ports));
  const number = nextNumber(leased.record);
  const { lease } = leased;
  const attempted = await attemptQueued({ webhook, origin, lease, number, replay: SINGLE }, ports);
  await ports.ledger.release(attempted);
  const after = afterAttempt(leased.record, attempted, ports.clock.now());
  return ok({
    outcome: after?.outcome ?? "delivered",
    isDelivered: attempted.end.kind === "delivered",
    attempt: attempted.attempt,
  });
}

/** A UUID, as Twilio's own tokens are. */
function newToken({ randomBytes }: Pick<Ports, "randomBytes">): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
