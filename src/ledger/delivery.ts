import type { Answer } from "../check/answer-types.ts";
import type { ShownExplanation } from "../explain/shown.ts";
import type { Attempt } from "../forward/origin.ts";
import type { TwilioReport } from "../reports/report.ts";
import type { Sealed } from "../shared/seal.ts";

/** How a delivery stands. A closed set: dashboards read it. */
export type DeliveryOutcome =
  | "answered"
  | "fell_back"
  | "failed"
  | "refused"
  | "unrouted"
  | "duplicate"
  | "running"
  | "interrupted"
  | "queued"
  | "delivered"
  | "dead";

/** What a delivery waits for, or what happens to it now. */
export interface Pending {
  /** Epoch ms: under way, the end of its lease; else the next attempt. */
  readonly dueAtMs: number;
  /** The fence of the attempt that is under way. */
  readonly lease: number | undefined;
}

/** When the stages before the attempts were over, ms since receipt; one that was not come to is not there. */
export interface Stages {
  /** The body was read. */
  readonly receivedMs?: number;
  readonly verifiedMs?: number;
  readonly claimedMs?: number;
}

/**
 * One webhook as the ledger keeps it: written once, when it is over; one that is queued before that, too.
 * No key, no cookie, no keypad digit is in it, but in what is `stored` to be sent, and no signature but a refused
 * webhook's (`log/kept-signature.ts`).
 */
export interface DeliveryRecord {
  readonly id: string;
  readonly outcome: DeliveryOutcome;
  /** Why it was refused or failed, in snake_case. */
  readonly reason: string | undefined;
  /** Name of the origin; `undefined` where no route took it. */
  readonly origin: string | undefined;
  /** Epoch ms by the Worker's clock. */
  readonly receivedAtMs: number;
  /** From receipt to the answer, ms. */
  readonly durationMs: number;
  readonly stages: Stages;
  /** Whether Twilio had gone before there was an answer: its retry gets this one. */
  readonly hasHungUp: boolean;
  readonly accountSid: string | undefined;
  /** Every sid the webhook names, once each, AccountSid aside. */
  readonly sids: readonly string[];
  /** `CallStatus`, `MessageStatus` and the like; of a report its word. */
  readonly twilioStatus: string | undefined;
  /** Status that Twilio was given; `0` while there is none. */
  readonly httpStatus: number;
  /** Twilio's error code of the failure that was last. */
  readonly errorCode: number | undefined;
  readonly isVerified: boolean;
  /** Name of the key that matched. */
  readonly keyName: string | undefined;
  /** Which signed URL matched. */
  readonly candidate: string | undefined;
  readonly dedupe: string | undefined;
  /** Of a duplicate: the delivery whose answer it got. */
  readonly firstDeliveryId: string | undefined;
  readonly request: RecordedRequest;
  readonly attempts: readonly Attempt[];
  /** What Twilio was given; `undefined` when bodies are not kept or the answer is the first delivery's. */
  readonly answer: Answer | undefined;
  /** The numbers it came from and went to, hashed: what an exact search goes by. Empty where the ledger knows none. */
  readonly numberHashes: readonly string[];
  /** `undefined` when nothing is to be sent. */
  readonly pending: Pending | undefined;
  /** Of a queued one: the whole webhook, until it is delivered or dead. */
  readonly stored: Sealed | undefined;
  /** Where Twilio tells what it saw itself: what it tells. */
  readonly report: TwilioReport | undefined;
  /** Of a refused one that is not kept whole: why, by the configuration of then. */
  readonly explanation: ShownExplanation | undefined;
  /** The replay that sent it again last: a plan's id, or `"single"`. */
  readonly replay: string | undefined;
}

/** The request of a delivery, without what must not be kept. */
export interface RecordedRequest {
  readonly method: string;
  readonly scheme: string;
  /** With its port. */
  readonly host: string;
  /** Raw. */
  readonly path: string;
  /** Raw, without `?`, secrets taken out; `undefined` when there is none. */
  readonly query: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** `undefined` when bodies are not kept. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** As received, kept or not. */
  readonly bodyBytes: number;
  /** Whether something was taken out that a replay would need: keypad digits, card data. */
  readonly isRedacted: boolean;
}

/** A request of which nothing is known, or nothing may be told. */
export const unknownRequest: RecordedRequest = {
  method: "",
  scheme: "",
  host: "",
  path: "",
  query: undefined,
  headers: [],
  body: undefined,
  bodyBytes: 0,
  isRedacted: false,
};
