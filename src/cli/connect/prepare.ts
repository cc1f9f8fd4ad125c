import { dirname, relative, resolve } from "node:path";
import { err, ok, type Result } from "../../shared/result.ts";
import type { Io } from "../io.ts";
import type { ConnectMode, ConnectOptions } from "./choice.ts";
import { type Deployment, fallsWithCloudflare } from "./deployment.ts";
import { missingFrom, planUndo } from "./kept.ts";
import { keptPath, readKeptFile } from "./kept-file.ts";
import type { Wiring } from "./match.ts";
import { type Fallbacks, planConnect, planDirect, type Step } from "./plan.ts";
import { adviceOn } from "./advice.ts";
import type { Resource } from "./resource.ts";
import { plural } from "./text.ts";
import { cutWebhookUrl } from "./webhook-url.ts";
import { readWiring, type ReadWiring } from "./wiring.ts";

/** All that a plan is made of but the account's resources. */
export interface Prepared {
  /** The deployment's address, where it is of use. */
  readonly base: string | undefined;
  /** Where old values are kept; as a message names it. */
  readonly file: string;
  /** Told before the plan: what is wrong with what was read, and stops nothing. */
  readonly warnings: readonly string[];
  readonly plan: (resources: readonly Resource[]) => readonly Step[];
  /** What to know beside the plan. */
  readonly adviceOn: (steps: readonly Step[], resources: readonly Resource[]) => readonly string[];
}

/** Why there is no plan. */
export interface Refusal {
  readonly exitCode: 1 | 2;
  readonly message: string;
}

/** Reads what a plan of this mode needs: of `undo` the file of old values, of all others wrangler's file. */
export function prepare(
  mode: ConnectMode,
  options: ConnectOptions,
  { io, accountSid }: { readonly io: Io; readonly accountSid: string },
): Result<Prepared, Refusal> {
  const folder = dirname(resolve(io.cwd, options.config ?? "wrangler.toml"));
  const path =
    options.file === undefined ? keptPath(folder, accountSid) : resolve(io.cwd, options.file);
  const file = relative(io.cwd, path);
  if (mode === "undo") return prepareUndo(path, file);
  const read = readWiring(options, saidUrl(mode, options, io), io);
  if (!read.ok) return refuse(2, read.error);
  const wiring = { ...read.value.wiring, accountSid };
  return mode === "direct"
    ? prepareDirect(wiring, read.value, file)
    : prepareConnect(wiring, { mode, options, read: read.value, file });
}

function prepareUndo(path: string, file: string): Result<Prepared, Refusal> {
  const read = readKeptFile(path);
  if (!read.ok) return refuse(1, read.error);
  if (read.value === undefined) {
    return refuse(
      2,
      `no ${file}: nothing was changed from here. --file names another one, --direct takes the URLs from wrangler.toml`,
    );
  }
  const { kept, unreadable } = read.value;
  return ok({
    base: undefined,
    file,
    warnings:
      unreadable === 0
        ? []
        : [`${file}: ${plural(unreadable, "line")} cut off or unknown, left out`],
    plan: (resources) => planUndo(resources, kept),
    adviceOn: (_steps, resources) =>
      missingFrom(resources, kept).map((name) => `no longer in the account: ${name}`),
  });
}

function prepareDirect(
  wiring: Wiring,
  { problems, file: config }: ReadWiring,
  file: string,
): Result<Prepared, Refusal> {
  const { places, workersDev } = wiring.deployment;
  if (places.length === 0 && workersDev === undefined) {
    return refuse(2, `${config} does not say where Hookswitch answers: say --url https://…`);
  }
  return ok({
    base: wiring.deployment.base,
    file,
    warnings: problems.map(({ key, message }) => `${key}: ${message}`),
    plan: (resources) => planDirect(resources, wiring),
    adviceOn: () => [],
  });
}

function prepareConnect(
  wiring: Wiring,
  {
    mode,
    options,
    read,
    file,
  }: {
    readonly mode: ConnectMode;
    readonly options: ConnectOptions;
    readonly read: ReadWiring;
    readonly file: string;
  },
): Result<Prepared, Refusal> {
  const { deployment } = wiring;
  const { base } = deployment;
  if (base === undefined) {
    return refuse(
      2,
      `no address of Hookswitch: say --url https://hooks.example.com, or set HOOKSWITCH_URL (${read.file} has no custom domain, or several)`,
    );
  }
  const warnings = read.problems.map(({ key, message }) => `${key}: ${message}`);
  if (mode === "apply" && warnings.length > 0) {
    return refuse(
      1,
      `${read.file} has ${plural(warnings.length, "problem")}, and webhooks would be answered 500: npx hookswitch check`,
    );
  }
  const fallbacks: Fallbacks = { voice: options.voiceFallback, message: options.smsFallback };
  for (const [name, typed] of [
    ["--voice-fallback", fallbacks.voice],
    ["--sms-fallback", fallbacks.message],
  ] as const) {
    const mistake = typed === undefined ? undefined : mistakeInFallback(typed, deployment);
    if (mistake !== undefined) return refuse(2, `${name}: ${mistake}`);
  }
  return ok({
    base,
    file,
    warnings,
    plan: (resources) => planConnect(resources, wiring, { base, fallbacks }),
    adviceOn: (steps) => adviceOn(steps, base),
  });
}

/** What is set for another purpose, such as trying it out here, must not be in the way of `direct`. */
function saidUrl(
  mode: ConnectMode,
  { url }: ConnectOptions,
  { env }: Io,
): { readonly url: string; readonly source: string } | undefined {
  if (url !== undefined) return { url, source: "--url" };
  const set = env["HOOKSWITCH_URL"];
  if (!set || (mode === "direct" && !set.startsWith("https://"))) return undefined;
  return { url: set, source: "HOOKSWITCH_URL" };
}

function mistakeInFallback(typed: string, deployment: Deployment): string | undefined {
  const cut = cutWebhookUrl(typed);
  if (cut?.url.protocol !== "https:") return "expected an https URL, found another text";
  return fallsWithCloudflare(cut.url, deployment)
    ? `expected a URL that does not depend on Cloudflare, found one of ${cut.url.host}: it is for the day when that is away`
    : undefined;
}

function refuse(exitCode: Refusal["exitCode"], message: string): Result<never, Refusal> {
  return err({ exitCode, message });
}
