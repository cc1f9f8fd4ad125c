import { newDeliveryId } from "../ledger/delivery-id.ts";
import type { ReceiveFailure, UnreceivedRequest } from "../outcome.ts";
import type { Ports } from "../shared/ports.ts";
import { parseRawUrl } from "./raw-url.ts";
import { isPathAllowed } from "./route.ts";
import type { ReceivedWebhook } from "./webhook.ts";

/** The most that is read of a request, bytes. Twilio's own largest are far below. */
const MAX_BODY_BYTES = 1024 * 1024;

/** What came of receiving: a webhook, or why there is none. */
export type Received =
  | { readonly kind: "received"; readonly webhook: ReceivedWebhook }
  | {
      readonly kind: "unreceived";
      readonly request: UnreceivedRequest;
      readonly failure: ReceiveFailure;
    };

/**
 * Takes a request in: its path, its method, its body read once and bounded, in this order. Nothing of
 * it is trusted. Fails closed.
 */
export async function receive(
  request: Request,
  receivedAtMs: number,
  ports: Pick<Ports, "random" | "readBody">,
): Promise<Received> {
  // Shard 0: which shard is known only of a webhook that is proven to be Twilio's.
  const deliveryId = newDeliveryId({ receivedAtMs, shard: 0, random: ports.random });
  const { method, url, headers } = request;
  const turnAway = (failure: ReceiveFailure): Received => ({
    kind: "unreceived",
    request: { deliveryId, method, url, receivedAtMs },
    failure,
  });

  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined || !isPathAllowed(rawUrl.path))
    return turnAway({ reason: "path_not_allowed" });
  if (method !== "GET" && method !== "POST")
    return turnAway({ reason: "method_not_allowed", method });
  const body = await ports.readBody(request, MAX_BODY_BYTES);
  if (!body.ok) return turnAway(body.error);

  const isWebSocketHandshake =
    method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket";
  const webhook: ReceivedWebhook = {
    deliveryId,
    method,
    url,
    rawUrl,
    headers,
    body: body.value,
    isWebSocketHandshake,
    receivedAtMs,
  };
  return { kind: "received", webhook };
}
