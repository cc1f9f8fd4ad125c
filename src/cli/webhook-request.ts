import { createHash } from "node:crypto";
import type { Parameters } from "../receive/webhook.ts";
import type { Key } from "../verify/keys.ts";
import { sign, signedText } from "../verify/signature.ts";
import { type TypedUrl, urlText } from "./typed-url.ts";

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
