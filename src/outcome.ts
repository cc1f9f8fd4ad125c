import type { Answer } from "./check/answer-types.ts";
import type { OriginConfig, ReceivingOrigin, ReportOrigin } from "./config/types.ts";
import type { Attempt } from "./forward/origin.ts";
import type { ReceivedWebhook } from "./receive/webhook.ts";
import type { TwilioReport } from "./reports/report.ts";
import type {
  UnverifiedWebhook,
  VerifiedWebhook,
  VerifyFailure,
} from "./verify/verified-webhook.ts";

/** What claiming came to, as the log calls it. */
export type DedupeNote =
  /** No token and no `dedupe.params`, `dedupe = false`, or not verified. */
  | "off"
  | "first"
  /** The holder before this one ended without an answer and its lease is over. */
  | "taken_over"
  /** Another one's answer: of this very isolate, stored in the ledger, in KV, or waited for. */
  | "isolate"
  | "ledger"
  | "kv"
  | "waited"
  /** Neither ledger nor KV could tell in time: forwarded all the same (G7). */
  | "unavailable";

/** Why a request never became a webhook of an origin. */
export type ReceiveFailure =
  | { readonly reason: "method_not_allowed"; readonly method: string }
  | { readonly reason: "path_not_allowed" }
  | { readonly reason: "body_too_large"; readonly maxBodyBytes: number }
  | { readonly reason: "body_unreadable" };

/** What is known of a request that was turned away at the door. */
export interface UnreceivedRequest {
  readonly deliveryId: string;
  readonly method: string;
  /** `request.url` to the letter. */
  readonly url: string;
  readonly receivedAtMs: number;
}

/** Why a webhook of a queued origin was forwarded at once. */
export type NotQueued =
  /** The ledger did not say in time that it has it (G7). */
  | "ledger_unavailable"
  /** It holds keypad digits or card data, and there is no `LOG_KEY` to seal them with (G8). */
  | "digits_without_log_key";

/** Every way a webhook can end. `respond.ts` and `log-line.ts` switch over it without a default. */
export type Outcome =
  /** 404, 405 or 413 before anything was looked at. Nothing is known of the sender. */
  | {
      readonly kind: "unreceived";
      readonly request: UnreceivedRequest;
      readonly failure: ReceiveFailure;
    }
  /** Twilio's, but no route takes it: the commonest set-up mistake. 404. */
  | { readonly kind: "unrouted"; readonly webhook: VerifiedWebhook }
  /** Not proven to be Twilio's. 403, or 404 where there is no route. */
  | {
      readonly kind: "refused";
      readonly webhook: ReceivedWebhook;
      readonly origin: OriginConfig | ReportOrigin | undefined;
      readonly failure: VerifyFailure;
    }
  /** The configuration stops this origin. 500. */
  | {
      readonly kind: "misconfigured";
      readonly webhook: ReceivedWebhook;
      readonly originName: string | undefined;
    }
  /** A genuine WebSocket handshake, which is not proxied yet. 501. */
  | {
      readonly kind: "websocket";
      readonly webhook: VerifiedWebhook;
      readonly origin: ReceivingOrigin;
    }
  /** Twilio told what it saw itself: noted, and answered. */
  | {
      readonly kind: "reported";
      readonly webhook: VerifiedWebhook;
      readonly origin: ReportOrigin;
      readonly report: TwilioReport;
      readonly answer: Answer;
    }
  /** It did not, and this origin has nowhere to send it: the wrong URL. 400, so that Twilio's Debugger shows it. */
  | {
      readonly kind: "not_a_report";
      readonly webhook: VerifiedWebhook;
      readonly origin: ReportOrigin;
    }
  /** The same webhook again: it got the first one's answer. */
  | {
      readonly kind: "duplicate";
      readonly webhook: VerifiedWebhook;
      readonly origin: OriginConfig;
      /** `undefined` when the first one did not end in time: 502. */
      readonly answer: Answer | undefined;
      /** The delivery whose answer it is. */
      readonly firstDeliveryId: string | undefined;
      readonly dedupe: DedupeNote;
    }
  /** Kept, and acknowledged: it is delivered afterwards. */
  | {
      readonly kind: "queued";
      readonly webhook: VerifiedWebhook;
      readonly origin: OriginConfig;
      readonly answer: Answer;
      readonly dedupe: DedupeNote;
    }
  /** A queued origin's, which took it at once: Twilio is acknowledged. */
  | {
      readonly kind: "delivered";
      readonly webhook: VerifiedWebhook;
      readonly origin: OriginConfig;
      readonly answer: Answer;
      readonly attempts: readonly Attempt[];
      readonly notQueued: NotQueued;
      readonly dedupe: DedupeNote;
    }
  /** The origin's own answer. */
  | {
      readonly kind: "answered";
      readonly webhook: VerifiedWebhook | UnverifiedWebhook;
      readonly origin: OriginConfig;
      readonly answer: Answer;
      readonly attempts: readonly Attempt[];
      readonly dedupe: DedupeNote;
    }
  /** The fallback URL's answer, or the fixed TwiML. */
  | {
      readonly kind: "fell_back";
      readonly webhook: VerifiedWebhook;
      readonly origin: OriginConfig;
      readonly answer: Answer;
      readonly from: "url" | "twiml";
      readonly attempts: readonly Attempt[];
      readonly twilioCode: number;
      readonly dedupe: DedupeNote;
    }
  /** Nobody had an answer: 502. Of a queued origin: neither kept nor delivered, 503. */
  | {
      readonly kind: "failed";
      readonly webhook: VerifiedWebhook | UnverifiedWebhook;
      readonly origin: OriginConfig;
      readonly attempts: readonly Attempt[];
      readonly twilioCode: number;
      /** Of a queued origin: why it was not queued. */
      readonly notQueued?: NotQueued | undefined;
      readonly dedupe: DedupeNote;
    };
