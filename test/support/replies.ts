import type { AnsweredReply, TooLargeReply } from "../../src/check/answer.ts";

/** TwiML that does something. */
export const twiml = "<Response><Say>Hello</Say></Response>";

/** What an answer is made of; without anything a 200 with {@link twiml}. */
export interface ReplyParts {
  readonly status?: number;
  /** `null` leaves the content type out. */
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly setCookies?: readonly string[];
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** A whole answer of an origin's. */
export function answered(parts: ReplyParts = {}): AnsweredReply {
  const { type = "text/xml", body = twiml } = parts;
  return {
    kind: "answered",
    status: parts.status ?? 200,
    headers: new Headers({ ...(type === null ? {} : { "content-type": type }), ...parts.headers }),
    setCookies: parts.setCookies ?? [],
    body: typeof body === "string" ? new Uint8Array(new TextEncoder().encode(body)) : body,
  };
}

/** An answer with more than 1 MiB in it. */
export function tooLarge(parts: ReplyParts = {}): TooLargeReply {
  const { status, headers } = answered(parts);
  return { kind: "too_large", status, headers, maxBodyBytes: 1_048_576 };
}
