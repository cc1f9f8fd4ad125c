import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/types.ts";
import { explainRefusal } from "../../explain/explain.ts";
import { presentExplanation, presentReason } from "../../explain/present.ts";
import type { ShownExplanation } from "../../explain/shown.ts";
import { parseRawUrl } from "../../receive/raw-url.ts";
import { isPathAllowed, matchRoute } from "../../receive/route.ts";
import type { ReceivedWebhook } from "../../receive/webhook.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { type ConfiguredKeys, parseKeys } from "../../verify/keys.ts";
import type { Io } from "../io.ts";
import { askSecret } from "../prompt.ts";
import { variables } from "../variables.ts";
import type { ExplainOptions } from "./explain.ts";
import type { Pasted } from "./pasted.ts";
import { exitCodeOf, printExplanation } from "./text.ts";

/**
 * Explains a pasted request here, by the keys of this machine and the origins of wrangler's file, where there is one.
 *
 * @returns The exit code.
 */
export async function explainLocally(
  pasted: Pasted,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const config = await findConfig(options, io);
  const shown = config.ok ? await explained(pasted, config.value, options.given ?? []) : config;
  if (!shown.ok) {
    io.err(`error: ${shown.error}`);
    return 2;
  }
  printExplanation(shown.value, {}, options.json ?? false, io);
  return exitCodeOf(shown.value);
}

type KnownConfig = Pick<Config, "origins" | "reportOrigins" | "brokenOrigins" | "keys">;

async function explained(
  { method, url, headers, body }: Pasted,
  config: KnownConfig,
  givenUrls: readonly string[],
): Promise<Result<ShownExplanation, string>> {
  const isWebSocketHandshake =
    /^wss?:/i.test(url) || headers.get("upgrade")?.toLowerCase() === "websocket";
  // A Worker sees https where Twilio says wss.
  const rawUrl = parseRawUrl(url.replace(/^ws/i, "http"));
  if (rawUrl === undefined) return err(`not a whole http or https URL: ${url.slice(0, 200)}`);
  if (!isPathAllowed(rawUrl.path)) return ok(presentReason("path_not_allowed", undefined));
  if (method !== "GET" && method !== "POST")
    return ok(presentReason("method_not_allowed", undefined));
  const webhook: ReceivedWebhook = {
    deliveryId: "",
    method,
    url: url.replace(/^ws/i, "http"),
    rawUrl,
    headers,
    body,
    isWebSocketHandshake: isWebSocketHandshake && method === "GET",
    receivedAtMs: 0,
  };
  const match = matchRoute(rawUrl, config);
  const origin = match.kind === "origin" ? match.origin : undefined;
  return ok(
    presentExplanation(await explainRefusal({ webhook, origin, config, givenUrls }), origin),
  );
}

async function findConfig(options: ExplainOptions, io: Io): Promise<Result<KnownConfig, string>> {
  const isAsked = options.config !== undefined || options.env !== undefined;
  if (!isAsked && !existsSync(join(io.cwd, "wrangler.toml"))) {
    const { keys } = parseKeys(variables(io));
    return withKey({ origins: [], reportOrigins: [], brokenOrigins: [], keys }, io);
  }
  const [{ readWorkerEnv }, { parseConfig }] = await Promise.all([
    import("../read-config.ts"),
    import("../../config/config.ts"),
  ]);
  const read = readWorkerEnv(options, io);
  if (!read.ok) return read;
  const config = parseConfig(read.value.env, { absentSecrets: "note" });
  for (const { key, message } of config.problems) io.err(`${key}: ${message}`);
  return withKey(config, io);
}

/** Asks for a token where there is no key at all. */
async function withKey(config: KnownConfig, io: Io): Promise<Result<KnownConfig, string>> {
  if (hasKey(config.keys)) return ok(config);
  const typed = await askSecret("Auth token (TWILIO_AUTH_TOKEN):", io);
  const { keys, problems } = parseKeys(typed === undefined ? {} : { TWILIO_AUTH_TOKEN: typed });
  if (hasKey(keys)) return ok({ ...config, keys });
  if (typed !== undefined) return err(`auth token: ${problems[0]?.message ?? "not usable"}`);
  return err(
    "no auth token: set TWILIO_AUTH_TOKEN in the environment or in .dev.vars of this folder",
  );
}

function hasKey({ defaultTokens, accountTokens, signingKeys }: ConfiguredKeys): boolean {
  return defaultTokens.length + accountTokens.size + signingKeys.size > 0;
}
