import type { ParsedConfig } from "../config/config.ts";
import { reservedPath } from "../config/route.ts";
import { originUrl } from "../forward/target-url.ts";
import { parseRawUrl } from "../receive/raw-url.ts";
import { isPathAllowed, matchRoute } from "../receive/route.ts";

/** Who would take a URL. `message` is one line for whoever reads. */
export type MetOrigin =
  | {
      readonly kind: "origin";
      readonly name: string;
      /** Where it would be sent; a query is left out, in which a token may stand. Absent where it is only noted. */
      readonly sentTo?: string;
      readonly message: string;
    }
  | { readonly kind: "nobody" | "misconfigured" | "no_url"; readonly message: string };

/**
 * Finds the origin that a URL meets, by the Worker's own rules.
 *
 * @param url As Twilio would be given it; a fragment is ignored, as on the wire.
 */
export function meetUrl(
  url: string,
  config: Pick<ParsedConfig, "origins" | "reportOrigins" | "brokenOrigins">,
): MetOrigin {
  const rawUrl = parseRawUrl(url);
  if (rawUrl === undefined || !URL.canParse(url)) {
    return { kind: "no_url", message: "expected --url to be an http or https URL" };
  }
  const shown = `${rawUrl.host}${rawUrl.path}`;
  const own = reservedPath(rawUrl.path);
  if (own !== undefined) {
    return { kind: "nobody", message: `${shown} is Hookswitch's own ${own}, and no webhook` };
  }
  if (!isPathAllowed(rawUrl.path)) {
    return { kind: "nobody", message: `${shown} has a dot segment or backslash: answered 404` };
  }
  // What the runtime does to a URL before the Worker sees it, but to the dot segments refused above.
  const received = parseRawUrl(new URL(url).href) ?? rawUrl;
  const match = matchRoute(received, config);
  switch (match.kind) {
    case "none":
      return { kind: "nobody", message: `${shown} meets no origin: answered 404` };
    case "misconfigured":
      return {
        kind: "misconfigured",
        message: `${shown} meets ${match.name}, which has problems: answered 500`,
      };
    case "origin": {
      const { name, route } = match.origin;
      if (!("target" in match.origin)) {
        const message = `${shown} meets ${name}, is noted and answered at once`;
        return { kind: "origin", name, message };
      }
      const { target } = match.origin;
      const sentTo = originUrl(target, route, { ...received, query: undefined })?.replace(
        /\?.*/,
        "",
      );
      if (sentTo === undefined) {
        return {
          kind: "nobody",
          message: `${shown} would leave the path of ${name}: answered 404`,
        };
      }
      return {
        kind: "origin",
        name,
        sentTo,
        message: `${shown} meets ${name}, is sent to ${sentTo}`,
      };
    }
  }
}
