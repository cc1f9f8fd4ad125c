import { createHash } from "node:crypto";
import type { Parameters } from "../receive/webhook.ts";
import type { Key } from "../verify/keys.ts";
import { sign, signedText } from "../verify/signature.ts";

/** A URL cut at its own delimiters, everything as typed: what is signed is the text. */
export interface TypedUrl {
  /** `http` or `https`, as typed. */
  readonly scheme: string;
  /** `user:password`, as typed; `undefined` when there is none. Never signed. */
  readonly userinfo: string | undefined;
  /** Host and port, as typed. */
  readonly authority: string;
  /** Host without port and without the brackets of an IPv6 address. */
  readonly hostname: string;
  /** The port typed, or the scheme's. */
  readonly port: number;
  /** As typed; `/` when there is none, which is what goes over the wire. */
  readonly path: string;
  /** Without `?`; `undefined` when there is none. */
  readonly query: string | undefined;
}

const typedUrlPattern =
  /^(https?):\/\/(?:([^/?#]*)@)?((\[[\da-f:.]+\]|[^/?#:[\]@]+)(?::(\d{1,5}))?)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/iu;

/**
 * Cuts a URL as typed. The fragment is left out: it is Twilio's own and goes nowhere.
 *
 * @returns `undefined` when the text is no absolute `http` or `https` URL that could be sent as it is.
 */
export function cutTypedUrl(text: string): TypedUrl | undefined {
  // What could not stand on a request line: Node and workerd refuse it both.
  if (/[\p{Cc} "<>`]/u.test(text)) return undefined;
  const [, scheme, userinfo, authority, host, port, path, query] = typedUrlPattern.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || host === undefined) return undefined;
  const portNumber = port === undefined ? defaultPort(scheme) : Number(port);
  if (portNumber < 1 || portNumber > 65_535) return undefined;
  return {
    scheme,
    userinfo,
    authority,
    hostname: host.replaceAll(/[[\]]/g, ""),
    port: portNumber,
    path: path || "/",
    query,
  };
}

function defaultPort(scheme: string): number {
  return scheme.toLowerCase() === "https" ? 443 : 80;
}

/** The URL as it is signed: as typed, without userinfo and fragment. */
export function urlText({ scheme, authority, path, query }: TypedUrl): string {
  return `${scheme}://${authority}${path}${query === undefined ? "" : `?${query}`}`;
}

/** What is sent in a webhook, before it is signed. */
export type WebhookContent =
  | { readonly kind: "form"; readonly method: "GET" | "POST"; readonly parameters: Parameters }
  | { readonly kind: "json"; readonly text: string };

/** A webhook, signed and ready to be sent any number of times. */
export interface WebhookRequest {
  readonly method: "GET" | "POST";
  readonly url: TypedUrl;
  /** The URL that was signed: of GET and JSON with what Twilio appends to the query. */
  readonly signedUrl: string;
  readonly idempotencyToken: string;
  /** Names spelled as Twilio spells them; `Host` is not among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** UTF-8; empty for GET. */
  readonly body: Uint8Array;
}

/**
 * Builds a webhook as Twilio would send it, and signs it.
 *
 * @param input.signUrl The public URL to sign for, where that is not the URL that is sent to.
 * @param input.keySid Names the signing key in a header; `undefined` for an auth token.
 * @param input.isTampered Changes one byte after signing: of the body or, for GET, of the query.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-11.
 */
export async function webhookRequest(input: {
  readonly url: TypedUrl;
  readonly signUrl: TypedUrl;
  readonly content: WebhookContent;
  readonly key: Key;
  readonly keySid: string | undefined;
  readonly idempotencyToken: string;
  readonly isTampered: boolean;
}): Promise<WebhookRequest> {
  const { content } = input;
  const isGet = content.kind === "form" && content.method === "GET";
  const text = content.kind === "json" ? content.text : formText(content.parameters);
  const appended = content.kind === "json" ? `bodySHA256=${sha256Hex(text)}` : isGet ? text : "";

  const signedUrl = urlText(withQuery(input.signUrl, appended));
  const signedParameters = content.kind === "form" && !isGet ? content.parameters : [];
  const signature = await sign(input.key, signedText(signedUrl, signedParameters));

  const url = withQuery(input.url, input.isTampered && isGet ? tampered(appended) : appended);
  const sent = isGet ? "" : input.isTampered ? tampered(text) : text;
  const body = new TextEncoder().encode(sent);
  return {
    method: isGet ? "GET" : "POST",
    url,
    signedUrl,
    idempotencyToken: input.idempotencyToken,
    headers: [
      ["User-Agent", "TwilioProxy/1.1"],
      ...(isGet
        ? []
        : ([
            ["Content-Length", String(body.byteLength)],
            ["Content-Type", contentTypes[content.kind]],
          ] as const)),
      ["Accept", "*/*"],
      ["I-Twilio-Idempotency-Token", input.idempotencyToken],
      ["X-Home-Region", "us1"],
      ["X-Twilio-Signature", signature],
      ...(input.keySid === undefined
        ? []
        : ([["X-Twilio-Signature-Key-Sid", input.keySid]] as const)),
    ],
    body,
  };
}

const contentTypes = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
} as const;

function formText(parameters: Parameters): string {
  return new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
}

function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Twilio puts its own after the query that was configured. */
function withQuery(url: TypedUrl, appended: string): TypedUrl {
  if (appended === "") return url;
  return { ...url, query: url.query ? `${url.query}&${appended}` : appended };
}

/**
 * Changes the last letter or digit: one byte, and a percent escape stays one.
 *
 * Text without any is returned as it is.
 */
function tampered(text: string): string {
  return text.replace(/[\da-z](?=[^\da-z]*$)/i, (last) =>
    /\d/.test(last) ? String((Number(last) + 1) % 10) : last === "a" ? "b" : "a",
  );
}
