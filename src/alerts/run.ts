import type { AlertDestination, AlertsConfig } from "../config/alerts-types.ts";
import type { Ports } from "../shared/ports.ts";
import type { Notice } from "./evaluate.ts";
import type { Outgoing, SendResult } from "./outbox.ts";
import { sendAlert } from "./send.ts";

type RunPorts = Pick<Ports, "alerts" | "clock" | "originClient" | "log">;

// Of this isolate: with the ledger away nothing else remembers that it was told.
let outageToldAtMs = Number.NEGATIVE_INFINITY;

/**
 * What the cron trigger does each minute: has the ledger work out what is to be told, and sends it. Of a run, a
 * message is sent by one Worker only; what cannot be sent is kept there, and sent by a later run. Where the
 * ledger does not answer, that is told from here. Never rejects.
 */
export async function runAlerts(config: AlertsConfig | undefined, ports: RunPorts): Promise<void> {
  if (config === undefined) return;
  try {
    const taken = await ports.alerts.run(config.windowMs);
    if (taken === undefined) {
      await tellOutage(config, ports);
      return;
    }
    if (taken.length === 0) return;
    const results = await Promise.all(
      config.destinations.map((destination) => sendTo(destination, taken, config, ports)),
    );
    await ports.alerts.settle({ takenIds: taken.map(({ id }) => id), results: results.flat() });
  } catch (error) {
    ports.log.bug(error);
  }
}

/** One after the other: a recovery must not come before what it is of. */
async function sendTo(
  destination: AlertDestination,
  taken: readonly Outgoing[],
  config: AlertsConfig,
  ports: RunPorts,
): Promise<readonly SendResult[]> {
  const results: SendResult[] = [];
  for (const message of taken.filter(({ to }) => to === destination.kind)) {
    const { end, status, detail } = await sendAlert(destination, message, config, ports);
    results.push({ id: message.id, end });
    if (end === "sent") continue;
    ports.log.unsent({ alert: message.id, to: destination.kind, status: status ?? null, detail });
    if (end === "failed") break;
  }
  return results;
}

async function tellOutage(config: AlertsConfig, ports: RunPorts): Promise<void> {
  const nowMs = ports.clock.now();
  if (!config.rules.ledger || nowMs < outageToldAtMs + config.intervalMs) return;
  outageToldAtMs = nowMs;
  const notice: Notice = {
    status: "firing",
    rule: "ledger",
    subject: "",
    severity: "critical",
    text: "the ledger does not answer: webhooks are forwarded without it, duplicates too; queued ones are forwarded at once; nothing is logged",
    sinceMs: nowMs,
    atMs: nowMs,
  };
  const message = { id: `outage_${nowMs}`, notices: [notice] };
  const ends = await Promise.all(
    config.destinations.map((destination) => sendAlert(destination, message, config, ports)),
  );
  // Nobody was told: the next minute tries again.
  if (ends.every(({ end }) => end !== "sent")) outageToldAtMs = Number.NEGATIVE_INFINITY;
}
