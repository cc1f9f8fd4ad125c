import { createHash } from "node:crypto";
import type { Parameters } from "../receive/webhook.ts";
import { eventJson, formParameters, type Product, type SampleValues } from "./products.ts";
import type { WebhookContent } from "./webhook-request.ts";

/** What of the command line shapes the content of a webhook. */
export interface SampleOptions {
  readonly get?: boolean;
  /** Decoded, in the order given: in place of the sample's own of that name, or added. */
  readonly param?: Parameters;
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
  /** Text of a message; of `json` the whole body. */
  readonly body?: string;
}

/**
 * Makes up a realistic webhook of a product.
 *
 * Sids come from the idempotency token: the same options with the same token make the very same
 * webhook again, tomorrow as well, which is what a duplicate is.
 *
 * @param atMs Epoch ms at which it happened.
 */
export function sampleWebhook(
  product: Product,
  options: SampleOptions,
  idempotencyToken: string,
  atMs: number,
): WebhookContent {
  const isInbound = product === "sms" || product === "voice";
  const person = "+14155550123";
  const number = "+14155550199";
  const values: SampleValues = {
    accountSid: options.account ?? "AC0123456789abcdef0123456789abcdef",
    from: options.from ?? (isInbound ? person : number),
    to: options.to ?? (isInbound ? number : person),
    text: options.body ?? "Hello from hookswitch",
    atMs,
    sid: (prefix) =>
      prefix +
      createHash("sha256").update(`${prefix} ${idempotencyToken}`).digest("hex").slice(0, 32),
  };
  const given = options.param ?? [];
  if (product === "json") {
    return { kind: "json", text: options.body ?? eventJson(values, given) };
  }
  return {
    kind: "form",
    method: options.get ? "GET" : "POST",
    parameters: merged(formParameters(product, values), given),
  };
}

/** In its place where the name is known, repeated ones together; at the end where it is not. */
function merged(sample: Parameters, given: Parameters): Parameters {
  const known = new Set(sample.map(([name]) => name));
  return [
    ...sample.flatMap((parameter) => {
      const own = given.filter(([name]) => name === parameter[0]);
      return own.length > 0 ? own : [parameter];
    }),
    ...given.filter(([name]) => !known.has(name)),
  ];
}
