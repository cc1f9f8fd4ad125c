import { exchange, type Reply } from "./exchange.ts";
import type { WebhookRequest } from "./webhook-request.ts";

/**
 * Sends a webhook, and once more with the URL's user and password where they are asked for: Twilio comes
 * without them first, and its second request has the same token and signature.
 *
 * @see https://www.twilio.com/docs/usage/security read 2026-11. Of its two schemes Digest is not done here.
 */
export async function deliver(request: WebhookRequest): Promise<Reply> {
  const reply = await exchange(request);
  const { userinfo } = request.url;
  if (userinfo === undefined || reply.kind === "failed" || reply.status !== 401) return reply;
  if (!/^basic\b/iu.test(reply.challenge ?? "")) return reply;
  return exchange(request, `Basic ${Buffer.from(userinfo, "utf8").toString("base64")}`);
}
