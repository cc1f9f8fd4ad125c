import type { Answer } from "../check/answer-types.ts";
import type { QueueConfig } from "../config/types.ts";
import { utf8 } from "../shared/utf8.ts";

/** What Twilio is given for a webhook that is kept or delivered. */
export function acknowledgement({ ack }: Pick<QueueConfig, "ack">): Answer {
  switch (ack) {
    case "empty":
      return { status: 200, headers: [], body: new Uint8Array() };
    case "204":
      return { status: 204, headers: [], body: new Uint8Array() };
    case "twiml":
      return {
        status: 200,
        headers: [["Content-Type", "text/xml; charset=utf-8"]],
        body: utf8("<Response/>"),
      };
  }
}
