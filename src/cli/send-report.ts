import { STATUS_CODES } from "node:http";
import type { Reply } from "./exchange.ts";
import type { Io } from "./io.ts";
import { printable } from "./printable.ts";
import type { Product } from "./products.ts";
import { urlText } from "./typed-url.ts";
import type { WebhookRequest } from "./webhook-request.ts";

/** What became of one request: a 4xx or 5xx is `rejected`, no answer at all `failed`. */
export type Verdict = "accepted" | "rejected" | "failed";

/** Judges an answer as Twilio's sender would at first sight: by its status. */
export function verdict(reply: Reply): Verdict {
  if (reply.kind === "failed") return "failed";
  return reply.status < 400 ? "accepted" : "rejected";
}

/** What `--json` prints, as one object. */
export interface SendSummary {
  readonly product: Product;
  readonly method: "GET" | "POST";
  /** As sent. */
  readonly url: string;
  readonly signedUrl: string;
  readonly idempotencyToken: string | null;
  /** With `--show-request` only. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With `--show-request` only. */
  readonly body?: string;
  /** The worst one of the answers. */
  readonly outcome: Verdict;
  /** One for each request; with `--parallel` in the order of sending. */
  readonly answers: readonly AnswerSummary[];
}

/** One answer as `--json` prints it; `null` for what it does not have. */
export type AnswerSummary =
  | {
      readonly outcome: "accepted" | "rejected";
      readonly status: number;
      readonly contentType: string | null;
      /** Whole ms. */
      readonly timeMs: number;
      readonly deliveryId: string | null;
      readonly body: string;
    }
  | { readonly outcome: "failed"; readonly timeMs: number; readonly error: string };

/** Puts a request and its answers into one object for scripts. */
export function summary(
  product: Product,
  request: WebhookRequest,
  replies: readonly Reply[],
  showRequest: boolean,
): SendSummary {
  const answers = replies.map(answerSummary);
  const outcomes = answers.map(({ outcome }) => outcome);
  const worst = (["failed", "rejected"] as const).find((word) => outcomes.includes(word));
  return {
    product,
    method: request.method,
    url: urlText(request.url),
    signedUrl: request.signedUrl,
    idempotencyToken: request.idempotencyToken ?? null,
    ...(showRequest
      ? { headers: Object.fromEntries(request.headers), body: text(request.body) }
      : {}),
    outcome: worst ?? "accepted",
    answers,
  };
}

/** Puts an answer into an object for scripts. */
export function answerSummary(reply: Reply): AnswerSummary {
  if (reply.kind === "failed") {
    return { outcome: "failed", timeMs: reply.timeMs, error: reply.message };
  }
  return {
    outcome: reply.status < 400 ? "accepted" : "rejected",
    status: reply.status,
    contentType: reply.contentType ?? null,
    timeMs: reply.timeMs,
    deliveryId: reply.deliveryId ?? null,
    body: text(reply.body),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Prints what is about to be sent. */
export function describeRequest(request: WebhookRequest, showRequest: boolean, io: Io): void {
  const url = urlText(request.url);
  const { method, idempotencyToken } = request;
  const token = idempotencyToken === undefined ? "no token" : `token ${idempotencyToken}`;
  io.out(`${io.style("bold", `${method} ${url}`)}  ${token}`);
  if (!showRequest) return;
  io.out(io.style("dim", `signed for ${request.signedUrl}`));
  for (const [name, value] of request.headers) io.out(io.style("dim", `${name}: ${value}`));
  if (request.body.byteLength > 0) io.out(`\n${text(request.body)}\n`);
}

/** Prints one answer; `count` goes before it. */
export function describeReply(reply: Reply, request: WebhookRequest, count: string, io: Io): void {
  if (reply.kind === "failed") {
    const { scheme, authority } = request.url;
    io.err(`${count}${scheme}://${authority} did not answer: ${reply.message}`);
    return;
  }
  const status = `${reply.status} ${STATUS_CODES[reply.status] ?? ""}`.trim();
  io.out(
    [
      `${count}${io.style(reply.status < 400 ? "green" : "red", status)}`,
      reply.contentType ?? "no content type",
      `${reply.timeMs} ms`,
      reply.deliveryId === undefined ? "no delivery id" : `delivery ${reply.deliveryId}`,
    ].join("  "),
  );
  if (reply.location !== undefined) io.out(printable(`Location: ${reply.location}`));
  if (reply.body.byteLength > 0) io.out(printable(text(reply.body)));
}
