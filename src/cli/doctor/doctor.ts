import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { findAddress, findToken, type LogServer } from "../log/server.ts";
import { readStats } from "../log/stats.ts";
import type { ConfigChoice } from "../read-config.ts";
import { findKey } from "../signing-key.ts";
import { wrongUse } from "../wrong-use.ts";
import { type Finding, findingText, verdictLine } from "./finding.ts";
import { freePath } from "./free-path.ts";
import { type Health, readHealth } from "../log/health.ts";
import { healthFindings, originFindings } from "./health-findings.ts";
import { originProbes } from "./origins.ts";
import { probeFinding } from "./probe-findings.ts";
import { lookUp, type Probed, sendProbes } from "./probing.ts";
import { reachFinding, strangerFinding } from "./reach.ts";

/** What `hookswitch doctor` was told on the command line. */
export interface DoctorOptions extends ConfigChoice {
  /** AccountSid to sign probes for. */
  readonly account?: string;
  readonly probeOrigins?: boolean;
  readonly json?: boolean;
}

/**
 * Looks at a deployment from outside, and at what it says of itself.
 *
 * In this order: is it there; is its log closed to strangers; what health and log say (keys, configuration,
 * ledger, KV, queue, origins); do signed webhooks arrive as signed, whatever their spelling and text.
 *
 * @param url As typed; `undefined` for that of the environment.
 * @returns The exit code: 0 when nothing failed, 1 when something did, 2 when it could not be done as asked.
 */
export async function doctor(
  url: string | undefined,
  options: DoctorOptions,
  io: Io,
): Promise<number> {
  const address = findAddress(url, io, "the URL");
  if (!address.ok) return wrongUse(address.error, io);
  const { baseUrl } = address.value;
  const findings: Finding[] = [];
  const tell = (more: readonly Finding[]): void => {
    findings.push(...more);
    // At once: some of it takes seconds.
    if (!options.json) for (const finding of more) io.out(findingText(finding, io.style));
  };
  for await (const more of examine({ ...address.value }, options, io)) tell(more);
  if (options.json) io.out(JSON.stringify({ url: baseUrl, findings }, undefined, 2));
  else io.out(verdictLine(findings));
  return findings.some(({ state }) => state === "failed") ? 1 : 0;
}

async function* examine(
  address: Pick<LogServer, "baseUrl" | "namedUrl">,
  options: DoctorOptions,
  io: Io,
): AsyncGenerator<readonly Finding[]> {
  const reached = await reachFinding(address.baseUrl);
  yield [reached];
  if (reached.state === "failed") return;
  yield [await strangerFinding(address.baseUrl)];

  const token = await findToken("reading", io);
  const server = token.ok ? { ...address, ...token.value } : undefined;
  const health = server && (await askHealth(server));
  if (server === undefined) {
    yield [
      skipped("health", "no log token: what Hookswitch knows of itself is not asked", "LOG_TOKEN"),
    ];
  } else if (health !== undefined && "check" in health) {
    yield [health];
  } else if (health !== undefined) {
    yield healthFindings(health);
    yield await loggedOrigins(health, server);
  }
  if (options.probeOrigins === true) yield await originProbes(options, io);
  if (server !== undefined && health !== undefined && !("check" in health)) {
    yield await signedProbes(health, server, options, io);
  } else {
    yield [skipped("signed probe", "what becomes of them is seen in the log alone", "LOG_TOKEN")];
  }
}

function skipped(check: string, detail: string, variable: string): Finding {
  const mend = `set ${variable} in the environment or in .dev.vars of this folder`;
  return { check, state: "skipped", detail, mend };
}

async function askHealth(server: LogServer): Promise<Health | Finding> {
  const request = { method: "GET", path: "/health", alsoGood: 503, read: readHealth } as const;
  const health = await askLog(server, request);
  if (health.ok) return health.value;
  const detail = failureLine(health.error, { ...server, subject: "health" });
  return { check: "health", state: "failed", detail };
}

async function loggedOrigins(health: Health, server: LogServer): Promise<readonly Finding[]> {
  const path = "/stats?since=24h&by=hour";
  const stats = await askLog(server, { method: "GET", path, read: readStats });
  if (stats.ok) return originFindings(health, stats.value);
  const detail = failureLine(stats.error, { ...server, subject: "what was counted" });
  return [{ check: "origin", state: "failed", detail }];
}

/**
 * Sends signed probes where no origin takes them: they are answered 404, and logged as unrouted when they
 * are proven. Where an origin takes every path they are left out, unless they may reach it.
 */
async function signedProbes(
  health: Health,
  server: LogServer,
  { account, probeOrigins = false }: DoctorOptions,
  io: Io,
): Promise<readonly Finding[]> {
  const check = "signed probe";
  if (health.origins === undefined) {
    const detail = `version ${health.version} does not tell which paths its origins take`;
    return [{ check, state: "skipped", detail, mend: "deploy the version of this command" }];
  }
  const free = freePath(health.origins, new URL(server.baseUrl).hostname, Math.random);
  if (free.kind === "taken" && !probeOrigins) {
    const detail = `the origin ${free.origin} takes every path: a probe would reach it like a webhook of Twilio's`;
    const mend = "--probe-origins lets them";
    return [{ check, state: "skipped", detail, mend }];
  }
  const key = await findKey({ kind: "auth_token", accountSid: account }, io);
  if (!key.ok) return [skipped(check, key.error, "TWILIO_AUTH_TOKEN")];
  const input = { path: free.path, key: key.value, accountSid: account };
  return judged(await sendProbes(input, server), server);
}

async function judged(probed: readonly Probed[], server: LogServer): Promise<readonly Finding[]> {
  const refused = probed.find(({ row }) => row?.outcome === "refused");
  const isPlain = refused?.probe.kind === "plain";
  const detail = isPlain && refused.row ? await lookUp(refused.row.id, server) : undefined;
  return probed.map((each) => probeFinding(each, each === refused ? detail : undefined));
}
