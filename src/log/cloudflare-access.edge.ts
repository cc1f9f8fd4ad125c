import { JOSEError, JWKSTimeout } from "jose/errors";
import { createRemoteJWKSet } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";
import type { AccessConfig } from "../config/types.ts";
import type { AccessVerifier } from "../shared/ports.ts";

/** How long the team's keys may take to come, ms. */
const KEYS_PATIENCE_MS = 3_000;

/**
 * Verifies JWTs of Cloudflare Access with the keys of the team, which are fetched when one is not known and kept.
 * @see https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/ read 2026-11.
 */
export function accessVerifier({ issuer, audience }: AccessConfig): AccessVerifier {
  const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), {
    timeoutDuration: KEYS_PATIENCE_MS,
  });
  return async (jwt) => {
    try {
      const { payload } = await jwtVerify(jwt, keys, {
        issuer,
        audience,
        algorithms: ["RS256"],
        requiredClaims: ["exp"],
      });
      // Of a person, or of a service token.
      const who = payload["email"] || payload["common_name"];
      return typeof who === "string" && who !== "" ? who.toLowerCase() : "invalid";
    } catch (error) {
      // Whatever is wrong with the JWT has a class of its own; fetching fails with others.
      const isItsOwn =
        error instanceof JOSEError &&
        error.code !== JWKSTimeout.code &&
        error.code !== JOSEError.code;
      return isItsOwn ? "invalid" : "unreachable";
    }
  };
}
