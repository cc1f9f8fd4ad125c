import type { ParsedConfig } from "../../config/config.ts";
import { isLoopback } from "../../config/target.ts";
import type { OriginConfig } from "../../config/types.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/** Where a Hookswitch answers. */
export interface Deployment {
  /** Scheme, host and port that Twilio is to be given; `undefined` where nothing says so. */
  readonly base: string | undefined;
  /** Everywhere it can be reached at. */
  readonly places: readonly Place[];
  /** Its name, if it answers on workers.dev: `https://<name>.<somebody>.workers.dev`. */
  readonly workersDev: string | undefined;
}

/** A host, and what of it is Hookswitch's. */
export interface Place {
  /** With its port, as WHATWG serialises it. */
  readonly host: string;
  /** A path, with a `*` at its end what begins with it; `undefined` for all of the host. */
  readonly path: string | undefined;
}

/** What wrangler's file says of where a Worker answers. */
export interface WrittenRoutes {
  readonly name: string | undefined;
  readonly hasWorkersDev: boolean;
  /** `hooks.example.com`, `example.com/hooks/*`. */
  readonly patterns: readonly { readonly pattern: string; readonly isCustomDomain: boolean }[];
}

/**
 * Works out where Hookswitch answers: at the address that was said, at every route of wrangler's file,
 * at every `host` and `public_url` of an origin, on workers.dev.
 *
 * @param said `--url` or `HOOKSWITCH_URL`; `undefined` for neither.
 * @returns One sentence for an address that Twilio cannot call.
 */
export function findDeployment(
  said: string | undefined,
  routes: WrittenRoutes,
  origins: ParsedConfig["origins"],
): Result<Deployment, string> {
  const base = said === undefined ? soleDomain(routes) : parsePublicBase(said);
  if (base !== undefined && typeof base !== "string") return base;
  const named = [
    ...(base === undefined ? [] : [base]),
    ...origins.flatMap(({ route, publicUrl }) => [
      ...(route.host === undefined ? [] : [`https://${route.host}`]),
      ...(publicUrl === undefined ? [] : [baseOf(publicUrl)]),
    ]),
  ];
  return ok({
    base,
    places: [
      ...named.map((each) => ({ host: new URL(each).host, path: undefined })),
      ...routes.patterns.flatMap(placeOf),
    ],
    workersDev: routes.hasWorkersDev ? routes.name : undefined,
  });
}

function parsePublicBase(typed: string): string | Result<never, string> {
  const url = URL.parse(typed);
  if (url?.protocol !== "https:" || isLoopback(url.hostname)) {
    return err("expected the https address at which Twilio reaches Hookswitch, found another one");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    return err("expected scheme, host and port such as https://hooks.example.com, found more");
  }
  return url.origin;
}

/** The one custom domain of a file that has one. */
function soleDomain({ patterns }: WrittenRoutes): string | undefined {
  const domains = patterns.filter(({ isCustomDomain }) => isCustomDomain);
  const [domain] = domains;
  if (domain === undefined || domains.length > 1) return undefined;
  return URL.parse(`https://${domain.pattern}`)?.origin;
}

/** None for a wildcard before the host: the application itself may live under it. */
function placeOf({ pattern, isCustomDomain }: WrittenRoutes["patterns"][number]): readonly Place[] {
  const [, host = "", path = ""] = /^(?:https?:\/\/)?([^/]+)(\/.*)?$/i.exec(pattern) ?? [];
  if (host === "" || host.includes("*")) return [];
  return [{ host: host.toLowerCase(), path: isCustomDomain ? undefined : path || "/" }];
}

/** Whether a webhook that is sent to this URL comes to Hookswitch. */
export function isOurs(url: URL, { places, workersDev }: Deployment): boolean {
  if (workersDev !== undefined) {
    const [name, account, ...rest] = url.host.split(".");
    if (name === workersDev && account !== undefined && rest.join(".") === "workers.dev")
      return true;
  }
  return places.some(({ host, path }) => {
    if (host !== url.host) return false;
    if (path === undefined) return true;
    return path.endsWith("*") ? url.pathname.startsWith(path.slice(0, -1)) : url.pathname === path;
  });
}

/** Whether a URL cannot be asked while Cloudflare or this Hookswitch is away, as far as its host tells. */
export function fallsWithCloudflare(url: URL, deployment: Deployment): boolean {
  return (
    /\.(workers|pages)\.dev$/i.test(url.hostname) ||
    deployment.places.some(({ host }) => host === url.host) ||
    isOurs(url, deployment)
  );
}

/** Scheme, host and port that Twilio is to be given for an origin: what the origin says of it goes first. */
export function publicBase({ publicUrl, route }: OriginConfig, base: string): string {
  if (publicUrl !== undefined) return baseOf(publicUrl);
  return route.host === undefined || route.host === new URL(base).hostname
    ? base
    : `https://${route.host}`;
}

function baseOf({ scheme, host, port }: NonNullable<OriginConfig["publicUrl"]>): string {
  return `${scheme}://${host}${port === undefined ? "" : `:${port}`}`;
}
