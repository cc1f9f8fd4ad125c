import { parseForm } from "../../src/receive/parameters.ts";
import { env } from "cloudflare:workers";
import { encodeForm, signature, smsFields, type Fields } from "./sign.ts";

/** A signed request as `exports.default.fetch()` takes it: an inbound SMS, but for what is said. */
export function signedRequest(
  parts: {
    readonly url?: string;
    readonly parameters?: Fields;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Request {
  const url = parts.url ?? "https://hooks.example.net/sms";
  const body = encodeForm(parts.parameters ?? smsFields());
  const fields = parseForm(new TextEncoder().encode(body));
  return new Request(url, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-Twilio-Signature": signature(env.TWILIO_AUTH_TOKEN, url, fields),
      ...parts.headers,
    },
  });
}
