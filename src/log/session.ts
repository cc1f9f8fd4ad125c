import type { LogAccess } from "../config/types.ts";
import { utf8 } from "../shared/utf8.ts";
import type { Role } from "./access.ts";

/** How long a session of the page lasts, s: a working day. */
const SESSION_SECONDS = 12 * 3_600;

/** The prefix has browsers insist on Secure and Path=/, and keeps other hosts of the domain from setting it. */
const SECURE_NAME = "__Host-hookswitch";

/** Of http on this machine, where there is no Secure. */
const LOOPBACK_NAME = "hookswitch";

/**
 * A session's value: role and expiry, and a MAC over both under a key derived from the token that
 * opened it. So nothing is stored, and another token ends every session of the one before.
 *
 * @param nowMs Epoch ms.
 * @returns `undefined` when the role has no token.
 */
export async function newSession(
  role: Role,
  access: LogAccess,
  nowMs: number,
): Promise<string | undefined> {
  const token = tokenOf(role, access);
  if (token === undefined) return undefined;
  const claim = `${role}.${Math.floor(nowMs / 1_000) + SESSION_SECONDS}`;
  const mac = await crypto.subtle.sign("HMAC", await sessionKey(token), utf8(claim));
  return `${claim}.${hex(new Uint8Array(mac))}`;
}

/**
 * Tells the role of a session.
 * @param value Of the cookie, anybody's text.
 * @param nowMs Epoch ms.
 * @returns `undefined` when it is over, was made with another token, or is no session at all.
 */
export async function roleOfSession(
  value: string,
  access: LogAccess,
  nowMs: number,
): Promise<Role | undefined> {
  const parts = /^(reader|admin)\.(\d{1,12})\.([0-9a-f]{64})$/.exec(value);
  if (parts === null) return undefined;
  const role = parts[1] === "admin" ? "admin" : "reader";
  const token = tokenOf(role, access);
  if (token === undefined || Number(parts[2]) * 1_000 <= nowMs) return undefined;
  const isOurs = await crypto.subtle.verify(
    "HMAC",
    await sessionKey(token),
    unhex(parts[3] ?? ""),
    utf8(`${role}.${parts[2]}`),
  );
  return isOurs ? role : undefined;
}

/**
 * The session's value in a request, by the one name that is good for its URL.
 * @param cookies The header's value, anybody's text; `null` when absent.
 */
export function sessionIn(cookies: string | null, url: URL): string | undefined {
  const name = cookieName(url);
  const pairs = (cookies ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** `Set-Cookie` that opens a session, or ends it where there is no value. */
export function sessionCookie(url: URL, value: string | undefined): string {
  const secure = isLoopback(url) ? "" : " Secure;";
  const maxAge = value === undefined ? 0 : SESSION_SECONDS;
  return `${cookieName(url)}=${value ?? ""}; HttpOnly;${secure} SameSite=Strict; Path=/; Max-Age=${maxAge}`;
}

/**
 * Whether the log's own page sent a request, as the browser tells it: nothing else may change something
 * by the cookie alone. SameSite=Strict lets other hosts of one site through, this does not.
 */
export function isFromOwnPage(headers: Headers, url: URL): boolean {
  return headers.get("sec-fetch-site") === "same-origin" || headers.get("origin") === url.origin;
}

function cookieName(url: URL): string {
  return isLoopback(url) ? LOOPBACK_NAME : SECURE_NAME;
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}

function tokenOf(role: Role, { token, adminToken }: LogAccess): string | undefined {
  return role === "admin" ? adminToken : token;
}

/** A key of its own: what is MACed with a token elsewhere never passes for a session. */
async function sessionKey(token: string): Promise<CryptoKey> {
  const own = await crypto.subtle.sign(
    "HMAC",
    await hmacKey(utf8(token), "sign"),
    utf8("hookswitch session"),
  );
  return hmacKey(new Uint8Array(own), "sign", "verify");
}

function hmacKey(
  bytes: Uint8Array<ArrayBuffer>,
  ...usages: ("sign" | "verify")[]
): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, usages);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}
