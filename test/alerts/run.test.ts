import { expect, test } from "vitest";
import { runAlerts } from "../../src/alerts/run.ts";
import { alertsConfig } from "../support/alerts.ts";
import { answered, fakePorts, lost } from "../support/ports.ts";

const MINUTE = 60_000;
const away = { run: async () => undefined, settle: async () => undefined };

// One test: what an isolate remembers of an outage it remembers over all of them.
test("runAlerts() tells an outage of the ledger once an interval, and tries again where it could not", async () => {
  const ports = { ...fakePorts({ origin: [lost, answered("ok"), answered("ok")] }), alerts: away };
  const config = alertsConfig({ interval: 30 });
  const run = async (laterMs: number): Promise<number> => {
    ports.clock.advance(laterMs);
    await runAlerts(config, ports);
    return ports.asked.length;
  };
  await runAlerts(alertsConfig({ ledger: false }), ports);
  expect(ports.asked).toEqual([]);
  expect(await run(0)).toBe(1); // not taken
  expect(await run(MINUTE)).toBe(2);
  expect(await run(30 * MINUTE - 1)).toBe(2);
  expect(await run(1)).toBe(3);
});

test("runAlerts() does nothing where nobody is told, and tells a bug on the console", async () => {
  const bugs: unknown[] = [];
  const fault = new Error("a fault");
  const broken = { run: () => Promise.reject(fault), settle: async () => undefined };
  const own = fakePorts();
  const ports = {
    ...own,
    alerts: broken,
    log: { ...own.log, bug: (bug: unknown) => void bugs.push(bug) },
  };
  await runAlerts(undefined, ports);
  expect(bugs).toEqual([]);
  await runAlerts(alertsConfig(), ports);
  expect(bugs).toEqual([fault]);
});
