import type { RetrySchedule } from "../queue/schedule.ts";
import type { AlertsConfig } from "./alerts-types.ts";
import type { ConfiguredKeys } from "../verify/keys.ts";

/** Twilio's retry policy words (`rp`), `all` spelled out. */
export type RetryOn = "4xx" | "5xx" | "ct" | "rt";

/**
 * Twilio's connection overrides, read from a URL's fragment, defaults filled in.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides read 2026-11.
 */
export interface Overrides {
  /** `tt`, ms, 100–15000: the budget of the origin (default 14000, counted from receipt) or what is kept back for a fallback (default 4000). */
  readonly budgetMs: number;
  /** `rt`, ms, 100–15000: the bound on one attempt; `undefined` when only the budget bounds it. */
  readonly attemptTimeoutMs: number | undefined;
  /** `rc`, 0–5: attempts after the first (default 1). */
  readonly retries: number;
  /** `rp`: what is retried (default `ct`). */
  readonly retryOn: ReadonlySet<RetryOn>;
}

/** A configured URL that webhooks are sent to: an origin's `url` or its `fallback`. */
export interface Target {
  /** Scheme, host and port as WHATWG serialises them, without a slash at the end: `https://app.example.com:8443`. */
  readonly base: string;
  /** Serialised path. Of a prefix target without its `*`: `/voice/`. */
  readonly path: string;
  /** The URL's own query without `?`; `undefined` when it has none. */
  readonly query: string | undefined;
  /** Whether the rest of the received path is appended. */
  readonly isPrefix: boolean;
  readonly overrides: Overrides;
}

/** Which requests an origin takes. */
export interface Route {
  /** Lower case, without port; `undefined` takes any host. */
  readonly host: string | undefined;
  readonly kind: "exact" | "prefix";
  /** The `path` as typed; of a prefix without the `*`: `/voice/`. */
  readonly typedPath: string;
  /** `typedPath` as URL normalisation leaves it: what arrives from behind a proxy that normalises. */
  readonly normalisedPath: string;
}

/** How duplicates of a webhook are recognised and where answers are kept. */
export interface DedupeConfig {
  /** Seconds, 60–86400, that an answer is kept for. */
  readonly ttlSeconds: number;
  readonly store: "ledger+kv" | "ledger" | "kv";
  /** Parameter names that identify a webhook which carries no idempotency token; empty for none. */
  readonly params: readonly string[];
}

/** What the log keeps of an origin's webhooks. */
export interface LogConfig {
  readonly keep: "all" | "failures" | "none";
  readonly bodies: boolean;
  /** Parameter names masked beside the built-in personal ones. */
  readonly mask: readonly string[];
  /** Parameter names taken off the built-in personal ones. */
  readonly unmask: readonly string[];
}

/** What Twilio is given when the origin has no usable answer. */
export type Fallback =
  | { readonly kind: "none" }
  | { readonly kind: "url"; readonly target: Target; readonly twiml: string | undefined }
  | { readonly kind: "twiml"; readonly twiml: string };

/** Scheme, host and port that Twilio was given, where they differ from what the Worker sees. */
export interface PublicUrl {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: string | undefined;
}

/** How webhooks are acknowledged first and delivered afterwards. */
export interface QueueConfig {
  readonly retry: RetrySchedule;
  /** 1–6: deliveries that one ledger object has under way to the origin at once. */
  readonly concurrency: number;
  /** What Twilio is given: nothing (200), 204, or an empty `<Response/>`. */
  readonly ack: "empty" | "204" | "twiml";
}

/** What every origin says: which webhooks it takes, and what the log keeps of them. */
export interface ReceivingOrigin {
  readonly name: string;
  readonly route: Route;
  readonly verify: "enforce" | "observe";
  readonly publicUrl: PublicUrl | undefined;
  /** AccountSids that may use it; `undefined` for any with a key. */
  readonly accounts: ReadonlySet<string> | undefined;
  readonly log: LogConfig;
}

/** One `[vars.ORIGINS.<name>]` table, parsed: everything ready to use, nothing left to check. */
export interface OriginConfig extends ReceivingOrigin {
  /** What it is sent: webhooks, or Twilio's own fallback requests, to the URL that `fallback` names. */
  readonly takes: "webhooks" | "twilio_fallback";
  /** `undefined` in respond mode. */
  readonly queue: QueueConfig | undefined;
  readonly target: Target;
  readonly fallback: Fallback;
  readonly answer: "auto" | "twiml" | "any";
  readonly sign: "twilio" | "keep";
  readonly dedupe: DedupeConfig | undefined;
  readonly hasBreaker: boolean;
  /** Extra headers for the origin, secrets already read. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** An origin that Twilio tells what it saw itself. Nothing is forwarded: it is noted, and answered at once. */
export interface ReportOrigin extends ReceivingOrigin {
  readonly verify: "enforce";
  readonly takes: "debugger" | "twilio_fallback";
  /** What a fallback request is answered with; `undefined` for the Debugger, which wants nothing. */
  readonly twiml: string | undefined;
}

/** One thing that is wrong, told so that it can be mended. Holds no secret. */
export interface Problem {
  /** What to look for in the configuration: `ORIGINS.sms.url`, `TWILIO_AUTH_TOKEN`. */
  readonly key: string;
  /** One sentence: what was expected and what was found. */
  readonly message: string;
  /**
   * Whom it stops: one origin, every origin, the log only, or alerts only.
   */
  readonly concerns:
    | { readonly kind: "origin"; readonly name: string }
    | { readonly kind: "all" }
    | { readonly kind: "log" }
    | { readonly kind: "alerts" };
}

/** Who may read the log. Without a token or Access nobody may (G9). */
export interface LogAccess {
  readonly token: string | undefined;
  readonly adminToken: string | undefined;
  readonly access: AccessConfig | undefined;
}

/** Whose JWTs of Cloudflare Access open the log. */
export interface AccessConfig {
  /** `https://<team>.cloudflareaccess.com`. */
  readonly issuer: string;
  /** The application's audience tag. */
  readonly audience: string;
  /** Those who administer, in small letters; everybody else whom Access lets in reads. */
  readonly admins: readonly string[];
}

/** A secret that what is stored is sealed with. */
export type LogKey = string;

/** Where the ledger lives. */
export interface LedgerConfig {
  /** 1–1024. */
  readonly shards: number;
  /** A Durable Object location hint such as `enam`; `undefined` under a jurisdiction. */
  readonly location: DurableObjectLocationHint | undefined;
  /** A Durable Object jurisdiction such as `eu`; rules KV out. */
  readonly jurisdiction: DurableObjectJurisdiction | undefined;
  /** Days that the log is kept for, ≥ 2. */
  readonly logDays: number;
}

/** An origin that cannot be used as configured: its webhooks are answered 500. */
export interface BrokenOrigin {
  readonly name: string;
  /** `undefined` when not even the route could be read. */
  readonly route: Route | undefined;
}

/** The whole configuration, ready to use. */
export interface Config {
  readonly origins: readonly OriginConfig[];
  readonly reportOrigins: readonly ReportOrigin[];
  readonly brokenOrigins: readonly BrokenOrigin[];
  /** All that is wrong, each by its key; empty when nothing is. */
  readonly problems: readonly Problem[];
  /** What works but deserves a look: shown by `hookswitch check`, never stops anything. */
  readonly warnings: readonly Pick<Problem, "key" | "message">[];
  readonly keys: ConfiguredKeys;
  readonly logAccess: LogAccess;
  /** `LOG_KEY`: the first seals, all of them open; empty without one. */
  readonly logKeys: readonly LogKey[];
  readonly ledger: LedgerConfig;
  /** `undefined` where nobody is told. */
  readonly alerts: AlertsConfig | undefined;
}
