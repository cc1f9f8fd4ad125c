import type { Config, LogAccess, Problem } from "../config/types.ts";
import type { Ports } from "../shared/ports.ts";
import { roleOf, type Caller } from "./access.ts";
import { problem } from "./json-answer.ts";
import { isFromOwnPage, roleOfSession, sessionIn } from "./session.ts";

/** Where Cloudflare Access puts its JWT. */
const ACCESS_JWT = "cf-access-jwt-assertion";

/**
 * Lets a request to the log in, by its bearer token, by the page's session or by a JWT of Cloudflare Access, or
 * says why not: 401 to strangers, 403 to what changes something by a browser's credentials and is not the
 * page's own, and 403 to all while the log is closed.
 */
export async function admit(
  request: Request,
  { logAccess, problems }: Config,
  { clock, verifyAccess }: Pick<Ports, "clock" | "verifyAccess">,
): Promise<Caller | Response> {
  const shut = closed(logAccess, problems);
  if (shut !== undefined) return shut;
  const authorization = request.headers.get("authorization");
  // Whoever sends a token means that token: nothing else makes up for a wrong one.
  if (authorization !== null) return (await byToken(authorization, logAccess)) ?? stranger();
  const url = new URL(request.url);
  const isForeign = changes(request) && !isFromOwnPage(request.headers, url);

  const session = sessionIn(request.headers.get("cookie"), url);
  const role =
    session === undefined ? undefined : await roleOfSession(session, logAccess, clock.now());
  if (role !== undefined) return isForeign ? crossSite() : tokenHolder(role);

  const jwt = request.headers.get(ACCESS_JWT);
  if (jwt === null || verifyAccess === undefined || logAccess.access === undefined)
    return stranger();
  const who = await verifyAccess(jwt);
  if (who === "invalid") return stranger();
  if (who === "unreachable")
    return problem(
      503,
      "access_unreachable",
      "The keys of Cloudflare Access cannot be read now: [vars.ACCESS] team, or try again.",
    );
  // Access vouches by a cookie of its own, which a browser sends along from anywhere; what is no browser says no origin.
  if (isForeign && isBrowser(request.headers)) return crossSite();
  const isAdmin = logAccess.access.admins.includes(who);
  return { role: isAdmin ? "admin" : "reader", who, by: "access" };
}

/**
 * Why nobody may read the log, whatever they send; `undefined` when it is open to some: neither a token nor
 * Access is configured, or the log's own configuration is wrong (G9: closed, never open).
 */
export function closed(
  { token, adminToken, access }: LogAccess,
  problems: readonly Problem[],
): Response | undefined {
  const isOpen =
    !problems.some(({ concerns }) => concerns.kind === "log") &&
    (token !== undefined || adminToken !== undefined || access !== undefined);
  if (isOpen) return undefined;
  return problem(
    403,
    "log_closed",
    "The log is closed: set LOG_TOKEN (32 characters or more), see `hookswitch check`.",
  );
}

async function byToken(authorization: string, access: LogAccess): Promise<Caller | undefined> {
  const role = await roleOf(authorization, access);
  return role && tokenHolder(role);
}

function tokenHolder(role: Caller["role"]): Caller {
  return { role, who: role === "admin" ? "LOG_ADMIN_TOKEN" : "LOG_TOKEN", by: "token" };
}

function changes({ method }: Request): boolean {
  return method !== "GET" && method !== "HEAD";
}

function isBrowser(headers: Headers): boolean {
  return headers.has("origin") || headers.has("sec-fetch-site");
}

function crossSite(): Response {
  return problem(403, "cross_site", "From a browser only the log's own page may do this.");
}

function stranger(): Response {
  const refused = problem(
    401,
    "unauthorized",
    "Send the log's token: Authorization: Bearer <LOG_TOKEN>.",
  );
  refused.headers.set("WWW-Authenticate", 'Bearer realm="hookswitch"');
  return refused;
}
