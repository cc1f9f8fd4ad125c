import { claimKey } from "./claim/claim-key.ts";
import { claimWebhook, unclaimed, type Claimed, type Hold } from "./claim/claim.ts";
import type { Config } from "./config/types.ts";
import { deadlinesOf } from "./forward/deadline.ts";
import { forwardWebhook, forwardUnverified } from "./forward/forward.ts";
import { inShardOfClaim } from "./ledger/delivery-id.ts";
import { record } from "./log/record-outcome.ts";
import type { Outcome } from "./outcome.ts";
import { receive } from "./receive/receive.ts";
import { acknowledged, queueWebhook } from "./queue/queue-webhook.ts";
import { matchRoute } from "./receive/route.ts";
import { answerTo, respond } from "./respond/respond.ts";
import type { Ports } from "./shared/ports.ts";
import { verifyWebhook } from "./verify/verify.ts";

/** How a webhook ended, and the claim it held on the way. */
interface Settled {
  readonly outcome: Outcome;
  readonly hold?: Hold | undefined;
}

/**
 * The path of a webhook: receive, verify, claim, forward (with check and fall back), respond, record. In queue
 * mode it is kept in place of claim and forward, and delivered afterwards.
 * Decides, then tells, then answers; what is told travels after the answer, unless a retry must find it.
 */
export async function handleWebhook(
  request: Request,
  config: Config,
  ports: Ports,
): Promise<Response> {
  const { outcome, hold } = await settle(request, config, ports);
  const answer = answerTo(outcome);
  await record(
    { outcome, answer, hold, endedAtMs: ports.clock.now(), hasHungUp: request.signal.aborted },
    ports,
  );
  return respond(outcome, answer);
}

async function settle(request: Request, config: Config, ports: Ports): Promise<Settled> {
  const receivedAtMs = ports.clock.now(); // the budget is counted from here
  const received = await receive(request, receivedAtMs, ports);
  if (received.kind === "unreceived") return { outcome: received };

  const match = matchRoute(received.webhook.rawUrl, config);
  const origin = match.kind === "origin" ? match.origin : undefined;
  if (
    match.kind === "misconfigured" ||
    config.problems.some(({ concerns }) => concerns.kind === "all")
  ) {
    const originName = match.kind === "misconfigured" ? match.name : origin?.name;
    return { outcome: { kind: "misconfigured", webhook: received.webhook, originName } };
  }

  const verified = await verifyWebhook(received.webhook, origin, config.keys);
  if (!verified.ok) {
    if (origin?.verify === "observe") {
      return {
        outcome: await forwardUnverified(
          { ...received.webhook, unverified: verified.error },
          origin,
          ports,
        ),
      };
    }
    return {
      outcome: { kind: "refused", webhook: received.webhook, origin, failure: verified.error },
    };
  }
  if (origin === undefined) return { outcome: { kind: "unrouted", webhook: verified.value } };
  if (verified.value.isWebSocketHandshake)
    return { outcome: { kind: "websocket", webhook: verified.value, origin } };

  const key = await claimKey(verified.value, origin);
  const webhook = inShardOfClaim(verified.value, key, config.ledger.shards, ports.random);
  const deadlines = deadlinesOf(origin, receivedAtMs);
  const { queue } = origin;
  const queueing = queue && { webhook, origin, queue, claimKey: key, deadlines };
  const queued = queueing && (await queueWebhook(queueing, ports));
  if (queued !== undefined && queued.kind !== "not_queued") return { outcome: queued };

  const claimed: Claimed =
    queued?.why === "ledger_unavailable"
      ? unclaimed(key)
      : await claimWebhook(webhook, origin, key, deadlines, ports);
  const { hold } = claimed;
  if (claimed.kind === "duplicate") return { outcome: { ...claimed, webhook, origin }, hold };

  const outcome = await forwardWebhook({ webhook, origin, deadlines, claimed }, ports);
  if (queue === undefined || queued === undefined) return { outcome, hold };
  return { outcome: acknowledged(outcome, queue, queued.why), hold };
}
