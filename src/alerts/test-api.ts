import type { AlertDestination, AlertsConfig } from "../config/alerts-types.ts";
import type { Config } from "../config/types.ts";
import { json, problem } from "../log/json-answer.ts";
import type { Ports } from "../shared/ports.ts";
import type { Notice } from "./evaluate.ts";
import { sendAlert, type Answered } from "./send.ts";

/**
 * `POST /_log/alerts/test`: sends a test to each destination as it is configured here, and tells what each of them
 * answered. It takes nothing from what is firing, and is not tried again.
 */
export async function testAlerts(
  { alerts, problems }: Config,
  ports: Pick<Ports, "clock" | "originClient">,
): Promise<Response> {
  const own = problems.filter(({ concerns }) => concerns.kind === "alerts");
  const shown = own.map(({ key, message }) => ({ key, message }));
  if (alerts === undefined) {
    const why = own[0] === undefined ? "ALERTS is not set" : `${own[0].key}: ${own[0].message}`;
    return problem(409, "no_alerts", `nobody is told: ${why}.`);
  }
  const destinations = await Promise.all(
    alerts.destinations.map(async (destination) => {
      const { end, status, detail } = await test(destination, alerts, ports);
      return {
        destination: destination.kind,
        sent: end === "sent",
        status: status ?? null,
        detail,
      };
    }),
  );
  return json(200, { destinations, problems: shown });
}

/** To PagerDuty an incident that is over at once: nobody is left with it. */
async function test(
  destination: AlertDestination,
  alerts: AlertsConfig,
  ports: Pick<Ports, "clock" | "originClient">,
): Promise<Answered> {
  const atMs = ports.clock.now();
  const notice: Notice = {
    status: "test",
    rule: "test",
    subject: "",
    severity: "info",
    text: "alerts of this deployment come here",
    sinceMs: atMs,
    atMs,
  };
  const id = `test_${atMs}`;
  const first = await sendAlert(destination, { id, notices: [notice] }, alerts, ports);
  if (destination.kind !== "pagerduty" || first.end !== "sent") return first;
  const over = { id, notices: [{ ...notice, status: "recovered" as const }] };
  return sendAlert(destination, over, alerts, ports);
}
