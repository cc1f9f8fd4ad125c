/** Headers that speak of one connection and not of the message (RFC 9110 §7.6.1, and what older proxies send). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether a header name, in lower case, speaks of one connection whatever `Connection` says. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/**
 * Lists the end-to-end headers of a message: all but those of one connection and those that its
 * `Connection` header names. `Set-Cookie` comes once for each cookie where the runtime says so.
 *
 * @param headers Anybody's: an attacker chooses names and values.
 * @returns Names in lower case.
 */
export function endToEndHeaders(
  headers: Headers,
): readonly (readonly [name: string, value: string])[] {
  const named = new Set(
    (headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()),
  );
  return [...headers].filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name));
}
