import type { LogAccess } from "../config/types.ts";

/** What a caller may do: read what is masked, or see all of it. */
export type Role = "reader" | "admin";

/** Who has been let in. */
export interface Caller {
  readonly role: Role;
  /** The name of a token, never its value; of Cloudflare Access an e-mail address or a service token's client id. */
  readonly who: string;
  readonly by: "token" | "access";
}

/**
 * Tells a caller's role by its bearer token. Without a configured token the log is closed (G9).
 *
 * @param authorization The header's value, anybody's text; `null` when absent.
 * @returns `undefined` for a stranger.
 */
export async function roleOf(
  authorization: string | null,
  access: LogAccess,
): Promise<Role | undefined> {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  return given === undefined ? undefined : roleOfToken(given, access);
}

/** Tells the role of a token, anybody's text. */
export async function roleOfToken(given: string, access: LogAccess): Promise<Role | undefined> {
  if (await isSame(given, access.adminToken)) return "admin";
  if (await isSame(given, access.token)) return "reader";
  return undefined;
}

/** Compares in a time that tells nothing of the expected: a MAC made with the one is verified with the other. */
async function isSame(given: string, expected: string | undefined): Promise<boolean> {
  if (expected === undefined || given === "") return false;
  const message = new TextEncoder().encode("hookswitch log");
  const mac = await crypto.subtle.sign("HMAC", await macKey(given, "sign"), message);
  return crypto.subtle.verify("HMAC", await macKey(expected, "verify"), mac, message);
}

function macKey(token: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(token);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}
