import type { AlertDestination } from "../config/alerts-types.ts";
import { isoText } from "../log/present.ts";
import { utf8 } from "../shared/utf8.ts";
import {
  runbookOf,
  titleOf,
  type AlertMessage,
  type AlertPost,
  type Letterhead,
} from "./message.ts";

/**
 * A message as JSON, signed by Standard Webhooks: HMAC-SHA256 over id, timestamp and body, so that whoever
 * takes it can tell that it is ours, is new, and was seen before.
 *
 * @param nowMs When it is sent, epoch ms: receivers refuse one that is more than some minutes off.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md read 2026-11.
 */
export async function webhookPost(
  { url, secret }: Extract<AlertDestination, { kind: "webhook" }>,
  message: AlertMessage,
  letterhead: Letterhead,
  nowMs: number,
): Promise<AlertPost> {
  const { notices, id } = message;
  const body = JSON.stringify({
    type: "hookswitch.alert",
    timestamp: isoText(notices[0]?.atMs ?? nowMs),
    data: {
      name: letterhead.name,
      title: titleOf(message, letterhead),
      log: letterhead.logUrl ?? null,
      alerts: notices.map((notice) => ({
        status: notice.status,
        rule: notice.rule,
        subject: notice.subject,
        severity: notice.severity,
        text: notice.text,
        since: isoText(notice.sinceMs),
        at: isoText(notice.atMs),
        runbook: runbookOf(notice, letterhead),
      })),
    },
  });
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    url,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${await standardSignature(`${id}.${timestamp}.${body}`, secret)}`,
    },
    body,
  };
}

/**
 * The signature of a text, base64.
 * @param secret Base64, without `whsec_`.
 */
export async function standardSignature(text: string, secret: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret), (character) => character.charCodeAt(0));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
  return btoa(String.fromCharCode(...signature));
}
