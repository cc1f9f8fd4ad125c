import type { PublicUrl } from "../config/types.ts";
import type { Random } from "../shared/ports.ts";
import { headerNames } from "../twilio/headers.ts";
import type { Key } from "../verify/keys.ts";
import type { UnverifiedWebhook, VerifiedWebhook } from "../verify/verified-webhook.ts";
import { endToEndHeaders, isHopByHop } from "./hop-by-hop.ts";
import { authority, calledUrl, headerSafe, urlText } from "./public-url.ts";
import { traceparent, type Trace } from "./trace.ts";

/** How the request to an origin or a fallback proves that Twilio sent it. */
export type Signing =
  /** Signed anew for the URL as sent: Twilio's signature would not match there. */
  | { readonly kind: "twilio"; readonly signature: string; readonly key: Key }
  /** Twilio's own signature; the public URL that it covers is named in `X-Forwarded-*`. */
  | { readonly kind: "keep"; readonly publicUrl: PublicUrl | undefined }
  /** The signature as received and nothing else, since nobody could prove it. */
  | { readonly kind: "none" };

interface Common {
  /** A fallback is another host: it is given neither `Cookie` nor `Authorization`, which were meant for the origin. */
  readonly to: "origin" | "fallback";
  /** Counts from 1 over origin and fallback together. */
  readonly attemptNumber: number;
  /** The same for all attempts of a webhook. */
  readonly trace: Trace;
  readonly random: Random;
  /** Extra headers of the configuration, in their order. */
  readonly configured: readonly (readonly [name: string, value: string])[];
  /** What the webhook is sent again for: `Hookswitch-Replay`. Absent for what Twilio has just sent. */
  readonly replay?: string | undefined;
}

/** What the headers of one attempt are made from. An unverified webhook cannot be signed (G1). */
export type RequestHeadersInput = Common &
  (
    | { readonly webhook: VerifiedWebhook; readonly signing: Exclude<Signing, { kind: "none" }> }
    | {
        readonly webhook: UnverifiedWebhook;
        readonly signing: Exclude<Signing, { kind: "twilio" }>;
      }
  );

/** What the runtime sets, or what would let a sender speak in the name of a proxy that frameworks trust. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "expect",
  "forwarded",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  // What some frameworks take for the path or the method in place of the real ones.
  "x-original-url",
  "x-original-uri",
  "x-rewrite-url",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);
const NOT_FORWARDED_PREFIXES = ["x-forwarded", "cf-", "hookswitch-"] as const;

/** Undone by the runtime before anybody reads the answer, so it is this proxy that accepts them. */
const ACCEPTED_CODINGS = "br, gzip";

/**
 * Makes the headers of one attempt.
 *
 * In this order, later ones replacing earlier ones: the end-to-end headers received, without those that
 * only a proxy in front may set; the configured ones; `X-Forwarded-For` with the address that Cloudflare
 * saw, the trace, Twilio's idempotency token, the signature, and `Hookswitch-*`. Configuration cannot
 * replace ours, and nobody outside can set them.
 *
 * `Accept-Encoding`, where there is one, names what the runtime decodes: another coding would reach
 * Twilio scrambled. All received headers are unsigned and chosen by whoever sent them.
 */
export function requestHeaders(input: RequestHeadersInput): Headers {
  const { webhook, signing } = input;
  const headers = new Headers();
  for (const [name, value] of endToEndHeaders(webhook.headers)) {
    if (isForwarded(name, input)) headers.append(name, value);
  }
  if (headers.has("accept-encoding")) headers.set("Accept-Encoding", ACCEPTED_CODINGS);
  setConfigured(headers, input.configured);

  setOrDelete(headers, "X-Forwarded-For", webhook.headers.get("cf-connecting-ip"));
  headers.set("traceparent", traceparent(input.trace, input.random));
  if (!input.trace.isContinued) headers.delete("tracestate");
  for (const name of [
    headerNames.idempotencyToken,
    headerNames.signature,
    headerNames.signatureKeySid,
  ]) {
    setOrDelete(headers, name, webhook.headers.get(name));
  }
  sign(headers, input.webhook, signing);

  headers.set("Hookswitch-Delivery", webhook.deliveryId);
  headers.set("Hookswitch-Attempt", String(input.attemptNumber));
  headers.set("Hookswitch-Url", headerSafe(urlText(webhook.rawUrl)));
  headers.set("Hookswitch-Verified", "unverified" in webhook ? "no" : "yes");
  if (input.replay !== undefined) headers.set("Hookswitch-Replay", input.replay);
  return headers;
}

/**
 * Tells whether a header is Hookswitch's, Twilio's or the runtime's to set, so that a configured one of
 * that name is never sent.
 *
 * @param name In any case.
 */
export function isReservedHeader(name: string): boolean {
  const lowerCase = name.toLowerCase();
  return (
    isHopByHop(lowerCase) ||
    RESERVED.has(lowerCase) ||
    ["hookswitch-", "x-forwarded"].some((prefix) => lowerCase.startsWith(prefix))
  );
}

const RESERVED: ReadonlySet<string> = new Set<string>([
  ...Object.values(headerNames),
  "host",
  "content-length",
  "expect",
  "forwarded",
  "traceparent",
  "tracestate",
]);

function isForwarded(name: string, input: RequestHeadersInput): boolean {
  // CGI and WSGI read `_` as `-`: `Hookswitch_Verified` would pass for ours. Twilio sends none.
  if (name.includes("_") || NOT_FORWARDED.has(name)) return false;
  if (NOT_FORWARDED_PREFIXES.some((prefix) => name.startsWith(prefix))) return false;
  return input.to === "origin" || (name !== "cookie" && name !== "authorization");
}

/** A name that is configured more than once is sent more than once, and takes the place of a received one. */
function setConfigured(headers: Headers, configured: Common["configured"]): void {
  const allowed = configured.filter(([name]) => !isReservedHeader(name));
  for (const [name] of allowed) headers.delete(name);
  for (const [name, value] of allowed) headers.append(name, value);
}

function sign(
  headers: Headers,
  webhook: VerifiedWebhook | UnverifiedWebhook,
  signing: Signing,
): void {
  switch (signing.kind) {
    case "none":
      return;
    case "keep": {
      const url = calledUrl(webhook.rawUrl, signing.publicUrl);
      headers.set("X-Forwarded-Proto", url.scheme);
      headers.set("X-Forwarded-Host", headerSafe(authority(url)));
      headers.set("X-Forwarded-Port", url.port ?? (url.scheme === "https" ? "443" : "80"));
      return;
    }
    case "twilio":
      headers.set(headerNames.signature, signing.signature);
      // the header names a signing key: it goes along only where that very key has signed
      if (headers.get(headerNames.signatureKeySid) !== signing.key.name) {
        headers.delete(headerNames.signatureKeySid);
      }
  }
}

function setOrDelete(headers: Headers, name: string, value: string | null): void {
  if (value === null) headers.delete(name);
  else headers.set(name, value);
}
