import { randomUUID } from "node:crypto";
import { err, ok, type Result } from "../shared/result.ts";
import { deliver } from "./deliver.ts";
import type { Reply } from "./exchange.ts";
import type { Io } from "./io.ts";
import type { Product } from "./products.ts";
import { type SampleOptions, sampleWebhook } from "./sample-webhook.ts";
import { describeReply, describeRequest, summary, verdict } from "./send-report.ts";
import { findKey, type KeyChoice } from "./signing-key.ts";
import { cutTypedUrl, type TypedUrl } from "./typed-url.ts";
import { wrongUse } from "./wrong-use.ts";
import { type WebhookContent, type WebhookRequest, webhookRequest } from "./webhook-request.ts";

/** What `hookswitch send` was told on the command line. */
export interface SendOptions extends SampleOptions {
  /** How many times more, ≥ 1. */
  readonly repeat?: number;
  readonly parallel?: boolean;
  readonly idempotencyToken?: string;
  readonly tamper?: boolean;
  readonly forge?: boolean;
  /** Sid of the key in `TWILIO_SIGNING_KEYS`. */
  readonly signingKey?: string;
  readonly signUrl?: string;
  readonly showRequest?: boolean;
  readonly json?: boolean;
}

/**
 * Signs a webhook as Twilio does, sends it, and tells what was answered.
 *
 * @param url As typed: it is signed and sent to the letter, without userinfo and fragment.
 * @returns The exit code: 0 when every answer was below 400, 1 when one was not or none came, 2 when
 *   it could not be sent as asked.
 */
export async function send(
  product: Product,
  url: string,
  options: SendOptions,
  io: Io,
): Promise<number> {
  const plan = planned(product, url, options);
  if (!plan.ok) return wrongUse(plan.error, io);
  const key = await findKey(keyChoice(options), io);
  if (!key.ok) return wrongUse(key.error, io);

  const request = await webhookRequest({
    ...plan.value,
    key: key.value,
    keySid: options.signingKey,
    isTampered: options.tamper ?? false,
    extraHeaders: [],
  });
  if (!options.json) describeRequest(request, options.showRequest ?? false, io);

  const times = 1 + (options.repeat ?? 0);
  const replies = options.parallel
    ? await Promise.all(Array.from({ length: times }, () => deliver(request)))
    : await deliverInTurn(request, times);

  if (options.json) {
    io.out(JSON.stringify(summary(product, request, replies, options.showRequest ?? false)));
  } else {
    for (const [index, reply] of replies.entries()) {
      describeReply(reply, request, times > 1 ? `${index + 1}/${times}  ` : "", io);
    }
  }
  return replies.every((reply) => verdict(reply) === "accepted") ? 0 : 1;
}

function keyChoice(options: SendOptions): KeyChoice {
  if (options.forge) return { kind: "random" };
  if (options.signingKey !== undefined) return { kind: "signing_key", keySid: options.signingKey };
  return { kind: "auth_token", accountSid: options.account };
}

interface Plan {
  readonly url: TypedUrl;
  readonly signUrl: TypedUrl;
  readonly content: WebhookContent;
  readonly idempotencyToken: string;
}

/** For a token that was given: what is sent with it must not depend on the time of day. */
const fixedMs = Date.UTC(2026, 10, 2, 9, 30, 1);

/** Everything that the command line decides, or the sentence that says why it cannot be done. */
function planned(product: Product, url: string, options: SendOptions): Result<Plan, string> {
  const cut = cutTypedUrl(url);
  if (cut === undefined) return err(`not a whole http or https URL: ${url}`);
  const signUrl = options.signUrl === undefined ? cut : cutTypedUrl(options.signUrl);
  if (signUrl === undefined) return err(`not a whole http or https URL: ${options.signUrl}`);
  if (product === "json" && options.get) {
    return err("--get does not go with json: events are always sent by POST");
  }
  if (options.body !== undefined && product !== "sms" && product !== "json") {
    return err(`--body does not go with ${product}: it has no text`);
  }
  if (options.parallel && options.repeat === undefined) return err("--parallel needs --repeat");
  if (options.forge && options.signingKey !== undefined) {
    return err("--forge does not go with --signing-key: a forger has none");
  }
  const idempotencyToken = options.idempotencyToken ?? randomUUID();
  const atMs = options.idempotencyToken === undefined ? Date.now() : fixedMs;
  const content = sampleWebhook(product, options, idempotencyToken, atMs);
  return ok({ url: cut, signUrl, content, idempotencyToken });
}

/** Each copy finds what the one before it has left behind. */
async function deliverInTurn(request: WebhookRequest, times: number): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (let sent = 0; sent < times; sent += 1) replies.push(await deliver(request));
  return replies;
}
