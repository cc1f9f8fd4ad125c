import { err, ok, type Result } from "../../shared/result.ts";
import type { Io } from "../io.ts";
import { askSecret } from "../prompt.ts";
import { findVariable } from "../variables.ts";
import { parseBaseUrl } from "./base-url.ts";

/** The Hookswitch whose log is asked, and the token for it. */
export interface LogServer {
  /** Scheme, host and port. */
  readonly baseUrl: string;
  /** The same where `--url` named it; `undefined` where a command finds it without. */
  readonly namedUrl: string | undefined;
  /** Never printed. */
  readonly token: string;
  /** `LOG_TOKEN` or `LOG_ADMIN_TOKEN`, for messages. */
  readonly tokenName: string;
  /** Where the token is from, for messages. */
  readonly tokenSource: string;
}

/** What the log is asked for: to be read as everybody may, or what takes the administrator's token. */
export type Need = "reading" | "administering";

const DEFAULT_URL = "http://127.0.0.1:8787";

/**
 * Finds the Hookswitch to ask, and says on standard error which one it is: `--url`, else `HOOKSWITCH_URL`
 * of the environment, else the one that `npm start` starts. Then a token for it: of the environment, else
 * of `.dev.vars` in the current folder, else asked for. Never in an argument, which every process list shows.
 *
 * @param url As typed; `undefined` without `--url`.
 * @returns One sentence that says what is missing or wrong; it never holds the token.
 */
export async function findLogServer(
  url: string | undefined,
  io: Io,
  need: Need,
): Promise<Result<LogServer, string>> {
  const address = findAddress(url, io);
  if (!address.ok) return address;
  const token = await findToken(need, io);
  return token.ok ? ok({ ...address.value, ...token.value }) : token;
}

/**
 * The same without a token.
 * @param named How a message calls what `url` was typed as.
 */
export function findAddress(
  url: string | undefined,
  io: Io,
  named = "--url",
): Result<Pick<LogServer, "baseUrl" | "namedUrl">, string> {
  const { typed, source } = chosenUrl(url, named, io);
  const baseUrl = parseBaseUrl(typed);
  if (!baseUrl.ok) return err(`${source}: ${baseUrl.error}`);
  io.err(`asking ${baseUrl.value} (${source})`);
  return ok({ baseUrl: baseUrl.value, namedUrl: url === undefined ? undefined : baseUrl.value });
}

function chosenUrl(
  url: string | undefined,
  named: string,
  { env }: Io,
): { readonly typed: string; readonly source: string } {
  if (url !== undefined) return { typed: url, source: named };
  const set = env["HOOKSWITCH_URL"];
  if (set) return { typed: set, source: "HOOKSWITCH_URL" };
  return { typed: DEFAULT_URL, source: "the default" };
}

/** The administrator's token reads too, and is taken where there is no other. */
const tokens = {
  reading: { names: ["LOG_TOKEN", "LOG_ADMIN_TOKEN"], ask: "Log token (LOG_TOKEN):" },
  administering: { names: ["LOG_ADMIN_TOKEN"], ask: "Admin token (LOG_ADMIN_TOKEN):" },
} as const;

/** Finds a token for what is needed, or says what is missing. */
export async function findToken(
  need: Need,
  io: Io,
): Promise<Result<Pick<LogServer, "token" | "tokenName" | "tokenSource">, string>> {
  const { names, ask } = tokens[need];
  const [own] = names;
  const found = findVariable(names, io);
  const token = found?.value ?? (await askSecret(ask, io));
  if (!token) {
    const what = need === "reading" ? "log token" : "admin token";
    return err(`no ${what}: set ${own} in the environment or in .dev.vars of this folder`);
  }
  const tokenName = found?.name ?? own;
  // What does not fit into a header would come back in an error, token and all.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return err(`${tokenName}: expected visible ASCII characters without spaces`);
  }
  return ok({ token, tokenName, tokenSource: found?.source ?? "what was typed" });
}
