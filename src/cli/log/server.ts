import { err, ok, type Result } from "../../shared/result.ts";
import type { Io } from "../io.ts";
import { askSecret } from "../prompt.ts";
import { variables } from "../variables.ts";
import { parseBaseUrl } from "./base-url.ts";

/** The Hookswitch whose log is asked, and the token for it. */
export interface LogServer {
  /** Scheme, host and port. */
  readonly baseUrl: string;
  /** The same where `--url` named it; `undefined` where a command finds it without. */
  readonly namedUrl: string | undefined;
  /** `LOG_ADMIN_TOKEN`; never printed. */
  readonly token: string;
  /** Where the token is from, for messages. */
  readonly tokenSource: string;
}

const DEFAULT_URL = "http://127.0.0.1:8787";

/**
 * Finds the Hookswitch to ask, and says on standard error which one it is: `--url`, else `HOOKSWITCH_URL`
 * of the environment, else the one that `npm start` starts. Then its admin token: of the environment, else
 * of `.dev.vars` in the current folder, else asked for. Never in an argument, which every process list shows.
 *
 * @param url As typed; `undefined` without `--url`.
 * @returns One sentence that says what is missing or wrong; it never holds the token.
 */
export async function findLogServer(
  url: string | undefined,
  io: Io,
): Promise<Result<LogServer, string>> {
  const { typed, source } = chosenUrl(url, io);
  const baseUrl = parseBaseUrl(typed);
  if (!baseUrl.ok) return err(`${source}: ${baseUrl.error}`);
  io.err(`asking ${baseUrl.value} (${source})`);
  const token = await findAdminToken(io);
  const address = {
    baseUrl: baseUrl.value,
    namedUrl: url === undefined ? undefined : baseUrl.value,
  };
  return token.ok ? ok({ ...address, ...token.value }) : token;
}

function chosenUrl(
  url: string | undefined,
  { env }: Io,
): { readonly typed: string; readonly source: string } {
  if (url !== undefined) return { typed: url, source: "--url" };
  const set = env["HOOKSWITCH_URL"];
  if (set) return { typed: set, source: "HOOKSWITCH_URL" };
  return { typed: DEFAULT_URL, source: "the default" };
}

async function findAdminToken(
  io: Io,
): Promise<Result<Pick<LogServer, "token" | "tokenSource">, string>> {
  const found = variables(io)["LOG_ADMIN_TOKEN"]?.trim();
  const source = io.env["LOG_ADMIN_TOKEN"] ? "the environment" : ".dev.vars";
  const typed = found ? undefined : await askSecret("Admin token (LOG_ADMIN_TOKEN):", io);
  const token = found || typed;
  if (!token) {
    return err(
      "no admin token: set LOG_ADMIN_TOKEN in the environment or in .dev.vars of this folder",
    );
  }
  // What does not fit into a header would come back in an error, token and all.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return err("LOG_ADMIN_TOKEN: expected visible ASCII characters without spaces");
  }
  return ok({ token, tokenSource: typed === undefined ? source : "what was typed" });
}
