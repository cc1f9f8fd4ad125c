import { randomBytes } from "node:crypto";
import { cutUrl, requestBytes } from "../support/raw-http.ts";
import {
  accountSid,
  forged,
  formWebhook,
  smsFields,
  voiceFields,
  type Fields,
  type SentWebhook,
} from "../support/sign.ts";

/** The auth token of every contestant that verifies. */
export const authToken = "6d1f0b8e2c7a45938e60b1d4f7a2c905";
/** The host that Twilio was given. */
export const publicHost = "hooks.example.net";

/** Of each kind so many different ones. */
const OF_A_KIND = 200;
const TOKEN = "00000000-0000-4000-8000-000000000000";

/** Requests that are all different, of the same webhooks for every contestant. */
export interface Corpus {
  /** One that was never sent before. */
  readonly unique: () => Buffer;
  /** One of those that were sent by `first`. */
  readonly duplicate: () => Buffer;
  /** What is to be sent once before its duplicates. */
  readonly first: readonly Buffer[];
  /** One that Twilio has not signed. */
  readonly forged: () => Buffer;
}

/** Makes it: inbound messages, calls and status callbacks, each signed on its own. */
export function corpus(): Corpus {
  const webhooks = [
    ...many((n) => ["/sms", smsFields(`Where is my order ${n}?`, sid("SM", n))] as const),
    ...many((n) => ["/voice", voiceFields(sid("CA", n))] as const),
    ...many((n) => ["/status", statusFields(n)] as const),
  ].map(([path, fields]) =>
    formWebhook({
      token: authToken,
      url: `http://${publicHost}${path}`,
      fields,
      idempotencyToken: TOKEN,
    }),
  );
  const templates = webhooks.map(bytesOf);
  const forgeries = webhooks.map((webhook) => bytesOf(forged(webhook)));
  const first = templates.slice(0, OF_A_KIND).map((template) => withToken(template, newToken()));
  return {
    unique: inTurn(templates, (template) => withToken(template, newToken())),
    duplicate: inTurn(first, (request) => request),
    first,
    forged: inTurn(forgeries, (template) => withToken(template, newToken())),
  };
}

/** One webhook with a body of so many bytes. */
export function large(bytes: number): () => Buffer {
  const fields = [...smsFields("large"), ["Padding", "x".repeat(bytes)] as const];
  const template = bytesOf(
    formWebhook({
      token: authToken,
      url: `http://${publicHost}/sms`,
      fields,
      idempotencyToken: TOKEN,
    }),
  );
  return () => withToken(template, newToken());
}

function many<T>(make: (n: number) => T): readonly T[] {
  return Array.from({ length: OF_A_KIND }, (_, n) => make(n));
}

function sid(prefix: string, n: number): string {
  return prefix + n.toString(16).padStart(32, "0");
}

function statusFields(n: number): Fields {
  return [
    ["AccountSid", accountSid],
    ["ApiVersion", "2010-04-01"],
    ["From", "+14155550100"],
    ["MessageSid", sid("SM", n)],
    ["MessageStatus", "delivered"],
    ["SmsSid", sid("SM", n)],
    ["SmsStatus", "delivered"],
    ["To", `+1415556${String(n).padStart(4, "0")}`],
  ];
}

function bytesOf(webhook: SentWebhook): Buffer {
  const { host, target } = cutUrl(webhook.url);
  return requestBytes({
    method: webhook.method,
    target,
    host,
    headers: [...webhook.headers, ["Connection", "keep-alive"]],
    body: webhook.body,
  });
}

function withToken(template: Buffer, token: string): Buffer {
  const request = Buffer.from(template);
  request.write(token, request.indexOf(TOKEN), "latin1");
  return request;
}

const run = randomBytes(4).toString("hex");
let count = 0;

function newToken(): string {
  count++;
  return `${run}-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
}

function inTurn<T>(items: readonly T[], make: (item: T) => Buffer): () => Buffer {
  let at = 0;
  return () => {
    const item = items[at++ % items.length];
    if (item === undefined) throw new Error("an empty corpus");
    return make(item);
  };
}
