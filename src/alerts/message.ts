import type { AlertsConfig } from "../config/alerts-types.ts";
import type { Notice } from "./evaluate.ts";

/** A message to a destination, whichever it is. */
export interface AlertMessage {
  /** Stays the same when it is sent again. */
  readonly id: string;
  /** One at least. */
  readonly notices: readonly Notice[];
}

/** A request that carries a message: a POST of JSON. Its address is a secret. */
export interface AlertPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What of the configuration stands in a message. */
export type Letterhead = Pick<AlertsConfig, "name" | "logUrl" | "runbookUrl">;

/** Where the runbook has a rule. */
export function runbookOf({ rule }: Notice, { runbookUrl }: Letterhead): string {
  return `${runbookUrl}#${rule}`;
}

/** An alert in one line, without what it is about being personal: `FIRING failing sms: of 40 webhooks …`. */
export function noticeText({ status, rule, subject, text }: Notice): string {
  return `${status.toUpperCase()} ${rule}${subject === "" ? "" : ` ${subject}`}: ${text}`;
}

/** What the message comes to, for a lock screen. */
export function titleOf({ notices }: AlertMessage, { name }: Letterhead): string {
  const [first] = notices;
  if (notices.length === 1 && first !== undefined) return `${name}: ${noticeText(first)}`;
  const counts = Map.groupBy(notices, ({ status }) => status);
  const parts = [...counts].map(([status, found]) => `${found.length} ${status}`);
  return `${name}: ${parts.join(", ")}`;
}
