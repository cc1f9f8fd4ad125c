import { isLoopback } from "../../config/target.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/**
 * Reads `HOOKSWITCH_TWILIO_API`, which has Hookswitch's own tests stand in for Twilio's API. Internal: on
 * this machine only, since the credentials go there.
 */
export function parseStandIn(set: string | undefined): Result<string | undefined, string> {
  if (!set) return ok(undefined);
  const url = URL.parse(set);
  if (url?.protocol !== "http:" || !isLoopback(url.hostname)) {
    return err("HOOKSWITCH_TWILIO_API is for tests: expected http and this machine itself");
  }
  return ok(url.origin);
}
