import { randomBytes } from "node:crypto";

/** A bearer token of Hookswitch's own: 32 random bytes, base64url, 43 characters. */
export function bearerToken(): string {
  return randomBytes(32).toString("base64url");
}
