import { err, ok, type Result } from "../../shared/result.ts";
import type { Resource } from "./resource.ts";

/** What `hookswitch connect` was told on the command line. */
export interface ConnectOptions {
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly direct?: boolean;
  readonly account?: string;
  readonly only?: readonly string[];
  readonly url?: string;
  readonly voiceFallback?: string;
  readonly smsFallback?: string;
  readonly file?: string;
  readonly config?: string;
  readonly env?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `show` changes nothing. */
export type ConnectMode = "show" | "apply" | "undo" | "direct";

/** Decides what a command line asks for; one sentence for what cannot be meant. */
export function chooseMode(options: ConnectOptions): Result<ConnectMode, string> {
  const modes = (["apply", "undo", "direct"] as const).filter((mode) => options[mode] === true);
  const [mode = "show", ...more] = modes;
  if (more.length > 0) return err(`--${modes.join(" and --")} do not go together`);
  if (mode === "show" && options.yes) {
    return err("--yes goes with --apply, --undo or --direct: without them nothing is changed");
  }
  const isBack = mode === "undo" || mode === "direct";
  if (isBack && (options.voiceFallback !== undefined || options.smsFallback !== undefined)) {
    return err(`--voice-fallback and --sms-fallback do not go with --${mode}`);
  }
  return ok(mode);
}

/**
 * Reads a value of `--only`: a phone number, however it is written, or a sid.
 * @returns `undefined` for anything else.
 */
export function parseOnly(typed: string): string | undefined {
  const number = typed.replaceAll(/[\s().-]/g, "");
  if (/^\+\d{3,15}$/.test(number)) return number;
  return /^(PN|MG|AP)[\da-f]{32}$/i.test(typed) ? typed : undefined;
}

/** Takes those resources that are asked for; all of them when nothing is. */
export function chooseResources(
  resources: readonly Resource[],
  only: readonly string[] | undefined,
): Result<readonly Resource[], string> {
  if (only === undefined || only.length === 0) return ok(resources);
  const missing = only.filter((each) => !resources.some((resource) => isMeant(resource, each)));
  if (missing.length > 0) return err(`not in this account: ${missing.join(", ")}`);
  return ok(resources.filter((resource) => only.some((each) => isMeant(resource, each))));
}

function isMeant({ kind, name, sid }: Resource, each: string): boolean {
  return each === sid || (kind === "number" && each === name);
}
