import { parseOverrides } from "../../config/overrides.ts";
import type { ParsedConfig } from "../../config/config.ts";
import { isLoopback } from "../../config/target.ts";
import type { OriginConfig } from "../../config/types.ts";
import { toOwnPath } from "../../forward/path-space.ts";
import { originUrl } from "../../forward/target-url.ts";
import { parseRawUrl } from "../../receive/raw-url.ts";
import { matchRoute } from "../../receive/route.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { type Deployment, isOurs, publicBase } from "./deployment.ts";
import { bestOf, restOfQuery, takes } from "./fit.ts";
import type { Setting } from "./resource.ts";
import { cutWebhookUrl, type WebhookUrl, webhookUrl, withOverrides } from "./webhook-url.ts";

/** Why a webhook URL is left as it is. `reason` is stable; `message` goes on from "left as it is:". */
export interface Left {
  readonly reason:
    | "no_url"
    | "no_origin"
    | "ambiguous"
    | "other_account"
    | "queue_mode"
    | "shadowed"
    | "rewritten"
    | "unrouted"
    | "misconfigured"
    | "this_machine"
    | "unused"
    | "fallback_kept"
    | "not_connected"
    | "no_way_around"
    | "not_ours"
    | "changed_since";
  readonly message: string;
}

/** Of an origin's table, as typed. */
export interface WrittenOrigin {
  /** What follows `#` in its `url`: Twilio can do more of it than a Worker. `""` for nothing. */
  readonly fragment: string;
  /** Names of its extra `headers`, whether or not their secrets are known here. */
  readonly headers: readonly string[];
}

/** What URLs are matched against. */
export interface Wiring {
  readonly config: Pick<ParsedConfig, "origins" | "reportOrigins" | "brokenOrigins">;
  /** What the configuration has of each origin and no Worker needs, by the origin's name. */
  readonly written: ReadonlyMap<string, WrittenOrigin>;
  readonly deployment: Deployment;
  /** The account whose webhooks they are. */
  readonly accountSid: string;
}

/** A URL of Hookswitch's for a webhook, and what to know of it. */
export interface Connected {
  readonly url: string;
  readonly origin: OriginConfig;
  readonly notes: readonly string[];
}

/**
 * Finds the URL of Hookswitch that a webhook is to be sent to in place of the one it is sent to now, and
 * that leads to just this one: the same path behind a prefix, the same query, userinfo and overrides.
 *
 * Of several origins whose `url` fits, an exact one goes before a prefix, a longer one before a shorter
 * one. Where two are the same, the mode decides: queue for what wants no answer, respond for what does.
 *
 * @param base The deployment's address.
 */
export function connectUrl(
  present: WebhookUrl,
  use: Setting["use"],
  { config, accountSid }: Wiring,
  base: string,
): Result<Connected, Left> {
  const fitting = config.origins.filter(
    (origin) => origin.takes === "webhooks" && takes(origin.target, present),
  );
  if (fitting.length === 0) return left("no_origin", noOrigin(present.url));
  const allowed = fitting.filter(({ accounts }) => accounts?.has(accountSid) ?? true);
  const best = bestOf(allowed, use);
  if (best.length === 0) {
    const names = fitting.map(({ name }) => name).join(", ");
    return left("other_account", `accounts of ${names} does not list ${accountSid}`);
  }
  const [origin] = best;
  if (origin === undefined || best.length > 1) {
    const names = best.map(({ name }) => name).join(" and ");
    return left("ambiguous", `${names} have this same url; set it by hand to the path of one`);
  }
  const { target, route } = origin;
  const path = toOwnPath(
    { kind: target.isPrefix ? "rest" : "same", own: route.typedPath, target: target.path },
    present.url.pathname,
  );
  if (path === undefined) return left("no_origin", noOrigin(present.url));
  return checked(
    {
      origin,
      url: webhookUrl(publicBase(origin, base), {
        userinfo: present.userinfo,
        path,
        query: restOfQuery(target.query, present.query),
        fragment: withOverrides(present.fragment),
      }),
      notes: notesOn(present, origin),
    },
    { present, use, config },
  );
}

/** Whether the Worker would take the new URL to where the present one leads. */
function checked(
  connected: Connected,
  {
    present,
    use,
    config,
  }: {
    readonly present: WebhookUrl;
    readonly use: Setting["use"];
    readonly config: Wiring["config"];
  },
): Result<Connected, Left> {
  const { origin, url } = connected;
  if (origin.queue !== undefined && use !== "status") return left("queue_mode", noTwiml(origin));
  const raw = parseRawUrl(url);
  const met = raw === undefined ? undefined : matchRoute(raw, config);
  if (raw === undefined || met?.kind !== "origin" || met.origin !== origin) {
    const name = met?.kind === "origin" ? met.origin.name : "another origin, which has problems,";
    return left("shadowed", `${name} takes the path that ${origin.name} would have it sent to`);
  }
  if (originUrl(origin.target, origin.route, raw) !== present.url.href) {
    return left("rewritten", `${origin.name} would not send it to the very same URL`);
  }
  return ok(connected);
}

/**
 * The same for a URL that is Hookswitch's already: its address as it is wanted, overrides added.
 * @returns `undefined` where it is not Hookswitch's.
 */
export function reconnectUrl(
  present: WebhookUrl,
  use: Setting["use"],
  wiring: Wiring,
  base: string,
): Result<Connected, Left> | undefined {
  const met = meet(present, wiring);
  if (met === undefined || !met.ok) return met;
  const origin = met.value;
  if (origin.queue !== undefined && use !== "status") return left("queue_mode", noTwiml(origin));
  return ok({
    origin,
    url: webhookUrl(publicBase(origin, base), {
      userinfo: present.userinfo,
      path: present.url.pathname,
      query: present.query,
      fragment: withOverrides(present.fragment),
    }),
    notes: notesOn(present, origin),
  });
}

/**
 * Where Hookswitch would send what comes to this URL: the way around it.
 *
 * Twilio's overrides for Hookswitch's URL go, those of the origin's `url` come: without Hookswitch nobody
 * knows a retry from another webhook.
 *
 * @returns `undefined` where the URL is not Hookswitch's.
 */
export function directUrl(
  present: WebhookUrl,
  wiring: Wiring,
): Result<Connected, Left> | undefined {
  const met = meet(present, wiring);
  if (met === undefined || !met.ok) return met;
  const origin = met.value;
  const raw = parseRawUrl(present.url.href);
  const sentTo = raw === undefined ? undefined : originUrl(origin.target, origin.route, raw);
  const cut = sentTo === undefined ? undefined : cutWebhookUrl(sentTo);
  if (cut === undefined) return left("unrouted", `its path would leave that of ${origin.name}`);
  if (cut.url.protocol !== "https:" || isLoopback(cut.url.hostname)) {
    return left(
      "this_machine",
      `the url of ${origin.name} is ${cut.url.origin}, which Twilio cannot call`,
    );
  }
  const { fragment = "", headers = [] } = wiring.written.get(origin.name) ?? {};
  return ok({
    origin,
    url: webhookUrl(cut.url.origin, {
      userinfo: present.userinfo,
      path: cut.url.pathname,
      query: cut.query,
      fragment,
    }),
    notes:
      headers.length === 0
        ? []
        : [`Twilio does not send what Hookswitch sends ${origin.name}: ${headers.join(", ")}`],
  });
}

/** The origin that a URL of Hookswitch's meets; `undefined` where it is none. */
function meet(present: WebhookUrl, wiring: Wiring): Result<OriginConfig, Left> | undefined {
  if (!isOurs(present.url, wiring.deployment)) return undefined;
  const raw = parseRawUrl(present.url.href);
  const met = raw === undefined ? undefined : matchRoute(raw, wiring.config);
  switch (met?.kind) {
    case "origin":
      return "target" in met.origin && met.origin.takes === "webhooks"
        ? ok(met.origin)
        : left("unrouted", `${met.origin.name} takes what Twilio tells of what it saw itself`);
    case "misconfigured":
      return left("misconfigured", `${met.name} has problems: npx hookswitch check`);
    case "none":
    case undefined:
      return left("unrouted", "it is Hookswitch's and meets no origin: answered 404");
  }
}

/** Timers of somebody's that end before Hookswitch does. */
function notesOn({ fragment }: WebhookUrl, origin: OriginConfig): readonly string[] {
  if (!/(^|&)(tt|rt)=/.test(fragment)) return [];
  const { overrides } = parseOverrides(fragment, { budgetMs: 15_000 });
  const waitsMs = Math.min(overrides.budgetMs, overrides.attemptTimeoutMs ?? overrides.budgetMs);
  const { budgetMs } = origin.target.overrides;
  if (waitsMs > budgetMs || origin.queue !== undefined) return [];
  return [
    `Twilio waits ${waitsMs} ms by #${fragment}, ${origin.name} takes ${budgetMs} ms: set a smaller #tt= there`,
  ];
}

function noTwiml({ name }: OriginConfig): string {
  return `${name} is in queue mode, which gives Twilio no TwiML of your application`;
}

/** What of Twilio's own it is, where that is easily told. */
function noOrigin({ hostname, pathname }: URL): string {
  if (hostname === "handler.twilio.com") return "a TwiML Bin, no origin's url";
  if (hostname === "webhooks.twilio.com" && pathname.includes("/Flows/"))
    return "a Studio flow, no origin's url";
  if (hostname.endsWith(".twil.io")) return "a Twilio Function, no origin's url";
  return "no origin's url fits it";
}

function left(reason: Left["reason"], message: string): Result<never, Left> {
  return err({ reason, message });
}
