import { randomUUID } from "node:crypto";
import { deliver } from "../deliver.ts";
import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { answerSummary, describeReply, describeRequest, verdict } from "../send-report.ts";
import { findKey } from "../signing-key.ts";
import { urlText } from "../typed-url.ts";
import { webhookRequest } from "../webhook-request.ts";
import type { ReplayChoice } from "./choice.ts";
import { readKeptRequest } from "./kept-request.ts";

/**
 * Sends a delivery again from here: reads it from the log, signs it with the auth token of this machine
 * for the very URL that is sent to, and tells what was answered.
 *
 * The method, a body's bytes, its type and the idempotency token are the webhook's own. Of its URL nothing
 * is taken but the parameters of a GET, and of its headers no others.
 *
 * @returns The exit code: 0 when the answer was below 400, 1 when it was not or it cannot be sent, 2 without an auth token.
 */
export async function replayLocally(
  { deliveryId, to, hasNewToken }: Extract<ReplayChoice, { kind: "local" }>,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const subject = `delivery ${deliveryId}`;
  const read = await askLog(server, {
    method: "GET",
    path: `/deliveries/${deliveryId}?unmask=1`,
    read: readKeptRequest,
  });
  if (!read.ok) return fail(failureLine(read.error, { ...server, subject }), io);
  const kept = read.value;
  if (!kept.ok) return fail(`${subject} cannot be sent again: ${kept.error}`, io);

  const { accountSid, content, idempotencyToken } = kept.value;
  const key = await findKey({ kind: "auth_token", accountSid }, io);
  if (!key.ok) return fail(key.error, io, 2);
  const request = await webhookRequest({
    url: to,
    signUrl: to,
    content,
    key: key.value,
    keySid: undefined,
    idempotencyToken: hasNewToken ? randomUUID() : idempotencyToken,
    isTampered: false,
    extraHeaders: [["Hookswitch-Replay", "local"]],
  });
  if (!isJson) describeRequest(request, false, io);
  const reply = await deliver(request);
  if (isJson) {
    const { method, url, signedUrl, idempotencyToken: token } = request;
    const sent = { method, url: urlText(url), signedUrl, idempotencyToken: token ?? null };
    io.out(JSON.stringify({ id: deliveryId, ...sent, ...answerSummary(reply) }));
  } else {
    describeReply(reply, request, "", io);
  }
  return verdict(reply) === "accepted" ? 0 : 1;
}

function fail(message: string, io: Io, exitCode = 1): number {
  io.err(`error: ${message}`);
  return exitCode;
}
