import { defaults } from "../config/defaults.ts";
import type { Config, OriginConfig } from "../config/types.ts";
import type { ForwardPorts } from "../forward/ask.ts";
import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { AttemptEnd, AttemptSettlement, Job } from "../ledger/protocol.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import { openRecord } from "../log/sealed-record.ts";
import { restoreWebhook } from "../verify/verify.ts";
import type { CandidateName, VerifiedWebhook } from "../verify/verified-webhook.ts";
import { attemptQueued, notMade } from "./attempt.ts";
import type { Sealer } from "../shared/seal.ts";
import {
  decodeWebhook,
  keptWebhook,
  type NotReplayable,
  type StoredWebhook,
} from "./stored-webhook.ts";

/** How long something waits that cannot be sent as things are, ms. */
const MEND_DELAY_MS = 600_000;
const HOUR_MS = 3_600_000;

/** What a delivery out of the ledger is brought back with. */
export interface Restoring {
  readonly config: Pick<Config, "origins" | "keys">;
  readonly sealer: Sealer;
}

/** Why a delivery cannot be sent. */
export type NotSendable =
  | NotReplayable
  /** It was sealed with a `LOG_KEY` that is not there. */
  | "sealed"
  /** What was kept is not what it should be. */
  | "unreadable"
  /** No auth token is there any more to sign it with. */
  | "unsigned";

/** Makes an attempt at a delivery out of the ledger. Never rejects. */
export async function attemptLeased(
  { record, lease, number }: Job,
  restoring: Restoring,
  ports: ForwardPorts,
): Promise<AttemptSettlement | undefined> {
  const origin = restoring.config.origins.find(({ name }) => name === record.origin);
  if (origin === undefined) return undefined;
  const replay = record.outcome === "queued" ? undefined : record.replay;
  const webhook = await webhookOf(record, restoring);
  if (typeof webhook !== "string") {
    return attemptQueued({ webhook, origin, lease, number, replay }, ports);
  }
  const { attempt } = notMade(number, ports.clock.now(), REASONS[webhook]);
  const end = endOf(webhook, record, origin, ports.clock.now());
  return { deliveryId: record.id, lease, attempt, end, breaker: undefined };
}

const REASONS: Readonly<Record<NotSendable, string>> = {
  unverified: "It was never proven to be Twilio's.",
  redacted: "It held digits or card data, which are not kept.",
  not_kept: "The log has not kept what was sent.",
  sealed: "It was sealed with a LOG_KEY that is not there.",
  unreadable: "What was kept of it cannot be read.",
  unsigned: "There is no auth token any more to sign it with for this account.",
};

/** A key may be set again, and another release may read what this one cannot; nothing mends the others. */
function endOf(
  why: NotSendable,
  { request, stored, receivedAtMs }: DeliveryRecord,
  { queue }: OriginConfig,
  nowMs: number,
): AttemptEnd {
  const { hours } = queue?.retry ?? defaults.queue;
  const mayBeRead = stored !== undefined && nowMs + MEND_DELAY_MS < receivedAtMs + hours * HOUR_MS;
  if (why === "unsigned" || why === "sealed" || (why === "unreadable" && mayBeRead))
    return { kind: "waits", delayMs: MEND_DELAY_MS };
  return { kind: "dead", reason: "unreadable", request };
}

/**
 * The webhook of a delivery out of the ledger, to be signed with the keys of today: what was kept to be
 * sent or, of what is over, what the log has.
 */
export async function webhookOf(
  record: DeliveryRecord,
  { config, sealer }: Restoring,
): Promise<VerifiedWebhook | NotSendable> {
  if (!record.isVerified) return "unverified";
  const stored = await storedWebhookOf(record, sealer);
  if (typeof stored === "string") return stored;
  const rawUrl = parseRawUrl(stored.url);
  if (rawUrl === undefined) return "unreadable";
  const headers = new Headers();
  for (const [name, value] of stored.headers) headers.append(name, value);
  const { method, url, body } = stored;
  const { id: deliveryId, receivedAtMs, accountSid, keyName = "" } = record;
  const isWebSocketHandshake = false;
  const received = {
    deliveryId,
    receivedAtMs,
    method,
    url,
    rawUrl,
    headers,
    body,
    isWebSocketHandshake,
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- of a verified delivery it was written by describe()
  const candidate = record.candidate as CandidateName;
  return restoreWebhook(received, { accountSid, keyName, candidate }, config.keys) ?? "unsigned";
}

/** What was kept to be sent, opened, else what the log has. */
export async function storedWebhookOf(
  record: DeliveryRecord,
  sealer: Sealer,
): Promise<StoredWebhook | NotSendable> {
  const over = await openRecord(record, sealer);
  if (over !== undefined) return keptWebhook(over);
  if (record.stored === undefined) return "unreadable";
  const { sealedWith } = record.stored;
  const opened = await sealer.open(record.stored, record.id);
  if (opened !== undefined) return decodeWebhook(opened) ?? "unreadable";
  const isKeyThere = sealedWith !== undefined && (await sealer.keyIds()).includes(sealedWith);
  return isKeyThere ? "unreadable" : "sealed";
}
