import type { DeliveryRecord } from "../ledger/delivery.ts";
import type { ReceivedWebhook } from "../receive/webhook.ts";
import { pack, unpack } from "../shared/packed.ts";

const VERSION = 1;

/** A webhook as it is kept to be sent later: all of it, to the byte. */
export interface StoredWebhook {
  readonly method: "GET" | "POST";
  /** `request.url` to the letter. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Packs a webhook for the ledger: everything about it as JSON, then the body's bytes. */
export function encodeWebhook(webhook: ReceivedWebhook): Uint8Array<ArrayBuffer> {
  const { method, url, headers, body } = webhook;
  return pack(VERSION, { method, url, headers: [...headers] }, body);
}

/** Unpacks what `encodeWebhook` made; `undefined` for anything else, such as what another release wrote. Never throws. */
export function decodeWebhook(packed: Uint8Array<ArrayBuffer>): StoredWebhook | undefined {
  const unpacked = unpack(VERSION, packed);
  if (unpacked === undefined) return undefined;
  // oxlint-disable-next-line no-unsafe-type-assertion -- written by encodeWebhook() only
  const head = unpacked.meta as unknown as Omit<StoredWebhook, "body">;
  return { method: head.method, url: head.url, headers: head.headers, body: unpacked.bytes };
}

/** Why a delivery cannot be sent again. */
export type NotReplayable = "unverified" | "redacted" | "not_kept";

/**
 * What the log has kept of a webhook, as something that can be sent again. Without credentials,
 * cookies and signature, which the log does not keep.
 *
 * @returns Why not, where it was never proven to be Twilio's, lacks digits or card data, or was not kept.
 */
export function keptWebhook({
  isVerified,
  request,
}: DeliveryRecord): StoredWebhook | NotReplayable {
  const { method, scheme, host, path, query, headers, body } = request;
  if (!isVerified) return "unverified";
  if (request.isRedacted) return "redacted";
  if (body === undefined || (method !== "GET" && method !== "POST")) return "not_kept";
  const url = `${scheme}://${host}${path}${query === undefined ? "" : `?${query}`}`;
  return { method, url, headers, body };
}
