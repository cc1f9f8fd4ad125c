import { claimKey } from "./claim/claim-key.ts";
import { claimWebhook, unclaimed, type Claimed, type Hold } from "./claim/claim.ts";
import type { Config } from "./config/types.ts";
import { deadlinesOf } from "./forward/deadline.ts";
import { forwardWebhook, forwardUnverified } from "./forward/forward.ts";
import type { Stages } from "./ledger/delivery.ts";
import { inShardOfClaim } from "./ledger/delivery-id.ts";
import { record } from "./log/record-outcome.ts";
import type { Outcome } from "./outcome.ts";
import { receive } from "./receive/receive.ts";
import { acknowledged, queueWebhook } from "./queue/queue-webhook.ts";
import { matchRoute } from "./receive/route.ts";
import { takeReport } from "./reports/take-report.ts";
import { answerTo, respond } from "./respond/respond.ts";
import type { Ports } from "./shared/ports.ts";
import { verifyWebhook } from "./verify/verify.ts";

/** How a webhook ended, how far it came when, and the claim it held on the way. */
interface Settled {
  readonly outcome: Outcome;
  readonly stages: Stages;
  readonly hold?: Hold | undefined;
}

/**
 * The path of a webhook: receive, verify, claim, forward (with check and fall back), respond, record. In queue
 * mode it is kept in place of claim and forward, and delivered afterwards; where Twilio tells what it saw itself,
 * that is noted and nothing forwarded.
 * Decides, then tells, then answers; what is told travels after the answer, unless a retry must find it.
 */
export async function handleWebhook(
  request: Request,
  config: Config,
  ports: Ports,
): Promise<Response> {
  const receivedAtMs = ports.clock.now(); // the budget is counted from here
  const { outcome, stages, hold } = await settle(request, receivedAtMs, config, ports);
  const answer = answerTo(outcome);
  const endedAtMs = ports.clock.now();
  const hasHungUp = request.signal.aborted;
  await record({ outcome, answer, hold, stages, endedAtMs, hasHungUp }, ports);
  return respond(outcome, answer, { stages, durationMs: endedAtMs - receivedAtMs });
}

async function settle(
  request: Request,
  receivedAtMs: number,
  config: Config,
  ports: Ports,
): Promise<Settled> {
  const sinceMs = (): number => ports.clock.now() - receivedAtMs;
  const received = await receive(request, receivedAtMs, ports);
  let stages: Stages = { receivedMs: sinceMs() };
  if (received.kind === "unreceived") return { outcome: received, stages };

  const match = matchRoute(received.webhook.rawUrl, config);
  const origin = match.kind === "origin" ? match.origin : undefined;
  if (
    match.kind === "misconfigured" ||
    config.problems.some(({ concerns }) => concerns.kind === "all")
  ) {
    const originName = match.kind === "misconfigured" ? match.name : origin?.name;
    return { outcome: { kind: "misconfigured", webhook: received.webhook, originName }, stages };
  }

  const verified = await verifyWebhook(received.webhook, origin, config.keys);
  stages = { ...stages, verifiedMs: sinceMs() };
  if (!verified.ok) {
    if (origin?.verify === "observe") {
      return {
        outcome: await forwardUnverified(
          { ...received.webhook, unverified: verified.error },
          origin,
          ports,
        ),
        stages,
      };
    }
    return {
      outcome: { kind: "refused", webhook: received.webhook, origin, failure: verified.error },
      stages,
    };
  }
  if (origin === undefined)
    return { outcome: { kind: "unrouted", webhook: verified.value }, stages };
  if (verified.value.isWebSocketHandshake)
    return { outcome: { kind: "websocket", webhook: verified.value, origin }, stages };
  if (!("target" in origin)) {
    const webhook = inShardOfClaim(verified.value, undefined, config.ledger.shards, ports.random);
    return { outcome: takeReport(webhook, origin), stages };
  }

  const key = await claimKey(verified.value, origin);
  const webhook = inShardOfClaim(verified.value, key, config.ledger.shards, ports.random);
  const deadlines = deadlinesOf(origin, receivedAtMs);
  const { queue } = origin;
  const queueing = queue && { webhook, origin, queue, claimKey: key, deadlines, stages };
  const queued = queueing && (await queueWebhook(queueing, ports));
  if (queued !== undefined && queued.kind !== "not_queued") return { outcome: queued, stages };

  const claimed: Claimed =
    queued?.why === "ledger_unavailable"
      ? unclaimed(key)
      : await claimWebhook(webhook, origin, key, deadlines, ports);
  stages = { ...stages, claimedMs: sinceMs() };
  const { hold } = claimed;
  if (claimed.kind === "duplicate")
    return { outcome: { ...claimed, webhook, origin }, stages, hold };

  const outcome = await forwardWebhook({ webhook, origin, deadlines, claimed }, ports);
  if (queue === undefined || queued === undefined) return { outcome, stages, hold };
  return { outcome: acknowledged(outcome, queue, queued.why), stages, hold };
}
