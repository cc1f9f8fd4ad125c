import { parseConfig } from "../../../src/config/config.ts";
import { findDeployment, type WrittenRoutes } from "../../../src/cli/connect/deployment.ts";
import type { Wiring } from "../../../src/cli/connect/match.ts";
import type { Table } from "../../../src/shared/table.ts";

/** The account of these tests. */
export const accountSid = `AC${"1a".repeat(16)}`;

/** The deployment's address in these tests. */
export const base = "https://hooks.example.com";

/** A configuration with these origins, deployed at {@link base}. */
export function wiringOf(
  origins: Readonly<Record<string, Table>>,
  routes: Partial<WrittenRoutes> = {},
): Wiring {
  const config = parseConfig({ ORIGINS: origins }, { absentSecrets: "note" });
  const written = { name: "hookswitch", hasWorkersDev: true, patterns: [], ...routes };
  const deployment = findDeployment(base, written, config.origins);
  if (!deployment.ok) throw new Error(deployment.error);
  return {
    config,
    deployment: deployment.value,
    accountSid,
    written: new Map(
      Object.entries(origins).map(([name, { url }]) => [
        name,
        { fragment: String(url).split("#")[1] ?? "", headers: [] },
      ]),
    ),
  };
}
