import { isLoopback } from "../../config/target.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/**
 * Reads the address of a Hookswitch.
 *
 * Plain http only to this machine: on the way to another one everybody could read the admin token.
 */
export function parseBaseUrl(typed: string): Result<string, string> {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return err("expected an address such as https://hooks.example.com, found none");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    return err("expected scheme, host and port such as https://hooks.example.com, found more");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return err(`expected https (http only for this machine itself), found ${url.origin}`);
  }
  return ok(url.origin);
}
