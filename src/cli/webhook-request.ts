import { createHash } from "node:crypto";
import { parseForm } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { utf8 } from "../shared/utf8.ts";
import type { Key } from "../verify/keys.ts";
import { sign, signedText } from "../verify/signature.ts";
import { type TypedUrl, urlText } from "./typed-url.ts";

/** What is sent in a webhook, before it is signed. */
export type WebhookContent =
  | { readonly kind: "form"; readonly method: "GET" | "POST"; readonly parameters: Parameters }
  | { readonly kind: "json"; readonly text: string }
  /** A body as it was received once, sent on to the byte. */
  | {
      readonly kind: "received";
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** As received; `undefined` when there was none. */
      readonly contentType: string | undefined;
      /** What the signature covers: a form's parameters, or the hash of the bytes in the query. */
      readonly signedBy: "parameters" | "hash";
    };

/** A webhook, signed and ready to be sent any number of times. */
export interface WebhookRequest {
  readonly method: "GET" | "POST";
  readonly url: TypedUrl;
  /** The URL that was signed: of GET and JSON with what Twilio appends to the query. */
  readonly signedUrl: string;
  /** `undefined` for a webhook that came without one. */
  readonly idempotencyToken: string | undefined;
  /** Names spelled as Twilio spells them; `Host` is not among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty for GET. */
  readonly body: Uint8Array;
}

/**
 * Builds a webhook as Twilio would send it, and signs it.
 *
 * @param input.signUrl The public URL to sign for, where that is not the URL that is sent to.
 * @param input.keySid Names the signing key in a header; `undefined` for an auth token.
 * @param input.isTampered Changes one byte after signing: of the body or, for GET, of the query.
 * @param input.extraHeaders Sent behind Twilio's own.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security read 2026-11.
 */
export async function webhookRequest(input: {
  readonly url: TypedUrl;
  readonly signUrl: TypedUrl;
  readonly content: WebhookContent;
  readonly key: Key;
  readonly keySid: string | undefined;
  readonly idempotencyToken: string | undefined;
  readonly isTampered: boolean;
  readonly extraHeaders: WebhookRequest["headers"];
}): Promise<WebhookRequest> {
  const { method, appended, parameters, body, contentType } = encoded(input.content);
  const isGet = method === "GET";
  const signedUrl = urlText(withQuery(input.signUrl, appended));
  const signature = await sign(input.key, signedText(signedUrl, parameters));

  const sent = input.isTampered && !isGet ? tamperedBytes(body) : body;
  return {
    method,
    url: withQuery(input.url, input.isTampered && isGet ? tampered(appended) : appended),
    signedUrl,
    idempotencyToken: input.idempotencyToken,
    headers: [
      ["User-Agent", "TwilioProxy/1.1"],
      ...named("Content-Length", isGet ? undefined : String(sent.byteLength)),
      ...named("Content-Type", contentType),
      ["Accept", "*/*"],
      ...named("I-Twilio-Idempotency-Token", input.idempotencyToken),
      ["X-Home-Region", "us1"],
      ["X-Twilio-Signature", signature],
      ...named("X-Twilio-Signature-Key-Sid", input.keySid),
      ...input.extraHeaders,
    ],
    body: sent,
  };
}

/** A header, or none. */
function named(name: string, value: string | undefined): WebhookRequest["headers"] {
  return value === undefined ? [] : [[name, value]];
}

/** Content as it goes over the wire. */
interface Encoded {
  readonly method: "GET" | "POST";
  /** What stands in the query behind the URL's own; `""` for nothing. */
  readonly appended: string;
  /** What is signed behind the URL. */
  readonly parameters: Parameters;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string | undefined;
}

function encoded(content: WebhookContent): Encoded {
  switch (content.kind) {
    case "form": {
      const { method, parameters } = content;
      const text = formText(parameters);
      return method === "GET"
        ? { method, appended: text, parameters: [], body: utf8(""), contentType: undefined }
        : { method, appended: "", parameters, body: utf8(text), contentType: contentTypes.form };
    }
    case "json":
      return hashed(utf8(content.text), contentTypes.json);
    case "received": {
      const { bytes: body, contentType, signedBy } = content;
      if (signedBy === "hash") return hashed(body, contentType);
      return { method: "POST", appended: "", parameters: parseForm(body), body, contentType };
    }
  }
}

function hashed(body: Uint8Array<ArrayBuffer>, contentType: string | undefined): Encoded {
  const hash = createHash("sha256").update(body).digest("hex");
  return { method: "POST", appended: `bodySHA256=${hash}`, parameters: [], body, contentType };
}

const contentTypes = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
} as const;

function formText(parameters: Parameters): string {
  return new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
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

/** Each byte a character and back: all others stay as they are. */
function tamperedBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(tampered(Buffer.from(bytes).toString("latin1")), "latin1");
}
