import type { Config } from "../config/types.ts";
import type { Ports } from "../shared/ports.ts";
import { isTable } from "../shared/table.ts";
import { roleOfToken } from "./access.ts";
import { admit, closed } from "./admit.ts";
import { json, problem } from "./json-answer.ts";
import { isFromOwnPage, newSession, sessionCookie, sessionIn } from "./session.ts";

/** How long a wrong token is thought about, ms: whoever tries many pays for each. */
const WRONG_TOKEN_MS = 300;
const MAX_BODY_BYTES = 4 * 1024;

/** `/_log/session`: GET tells who one is, POST signs in with a token, DELETE signs out. */
export async function session(request: Request, config: Config, ports: Ports): Promise<Response> {
  switch (request.method) {
    case "GET": {
      const caller = await admit(request, config, ports);
      return caller instanceof Response ? caller : json(200, caller);
    }
    case "POST":
      return signIn(request, config, ports);
    case "DELETE":
      return signOut(request);
    default: {
      const refused = problem(
        405,
        "method_not_allowed",
        "Only GET, POST, DELETE is answered here.",
      );
      refused.headers.set("Allow", "GET, POST, DELETE");
      return refused;
    }
  }
}

async function signIn(
  request: Request,
  { logAccess, problems }: Config,
  { clock, readBody }: Ports,
): Promise<Response> {
  const shut = closed(logAccess, problems);
  if (shut !== undefined) return shut;
  const read = await readBody(request, MAX_BODY_BYTES);
  const token = read.ok ? tokenIn(new TextDecoder().decode(read.value)) : undefined;
  if (token === undefined) return problem(400, "bad_request", 'Expected JSON: { "token": "…" }.');
  const role = await roleOfToken(token, logAccess);
  const value = role && (await newSession(role, logAccess, clock.now()));
  if (value === undefined) {
    await clock.sleep(WRONG_TOKEN_MS);
    return problem(401, "unauthorized", "This is neither LOG_TOKEN nor LOG_ADMIN_TOKEN.");
  }
  const signedIn = json(200, { role });
  signedIn.headers.set("Set-Cookie", sessionCookie(new URL(request.url), value));
  return signedIn;
}

function signOut(request: Request): Response {
  const url = new URL(request.url);
  const hasSession = sessionIn(request.headers.get("cookie"), url) !== undefined;
  if (hasSession && !isFromOwnPage(request.headers, url))
    return problem(403, "cross_site", "Only the log's own page signs out.");
  return new Response(null, {
    status: 204,
    headers: { "Set-Cookie": sessionCookie(url, undefined), "Cache-Control": "no-store" },
  });
}

function tokenIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const token = isTable(value) ? value["token"] : undefined;
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}
