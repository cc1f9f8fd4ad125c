/** One request to an origin or a fallback, ready to be sent. */
export interface OriginRequest {
  /** Serialised, without fragment or userinfo: exactly what is signed. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Headers;
  /** `undefined` for GET. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** Bytes of the answer's body after which reading stops and the reply is `too_large`. */
  readonly maxBodyBytes: number;
}

/** What came of one `fetch()`, before anybody judges it. */
export type OriginReply =
  | {
      readonly kind: "answered";
      /** As received: may be outside of what a Response can carry. */
      readonly status: number;
      readonly headers: Headers;
      readonly setCookies: readonly string[];
      readonly body: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly kind: "too_large";
      readonly status: number;
      readonly headers: Headers;
      readonly maxBodyBytes: number;
    }
  | {
      readonly kind: "threw";
      /** The error's `name`. */
      readonly name: string;
      /** The error's message, URLs taken out, at most 200 characters. */
      readonly message: string;
      /** Whether headers had arrived before it broke. */
      readonly afterHeaders: boolean;
    };

/** What the platform can tell of a failed attempt (design of the retry rules). */
export type FailureClass =
  /** Certainly not delivered: DNS, refused, TLS. Retried under `rp=ct`. */
  | "unreached"
  /** Broken connection: delivered or not is unknown. Retried under `rp=rt`. */
  | "lost"
  /** No complete answer in time. Retried under `rp=rt`. */
  | "timeout"
  /** A 4xx or 5xx. Retried under `rp=4xx`, `rp=5xx`. */
  | "status"
  /** An answer that Twilio could not use. Never retried: the origin has acted. */
  | "unusable";

/** One fetch to an origin or fallback, as the log keeps it. */
export interface Attempt {
  /** Counts from 1 over origin and fallback together. */
  readonly number: number;
  readonly to: "origin" | "fallback";
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** The bound it was given. */
  readonly timeoutMs: number;
  /** The replay that it belongs to: a plan's id, or `"single"`. Absent where Twilio's own request brought it about. */
  readonly replay?: string | undefined;
  readonly outcome: AttemptOutcome;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | {
      readonly kind: "usable";
      readonly status: number;
      /** What is worth knowing all the same, one sentence each: an empty answer where TwiML was expected. */
      readonly notes: readonly string[];
    }
  | {
      readonly kind: "failed";
      readonly class: FailureClass;
      /** Status of the answer, where there was one. */
      readonly status: number | undefined;
      /** Twilio's error code, as exactly as the class allows; 11200 where it does not. */
      readonly twilioCode: number;
      /** One sentence for the person reading the log. No URL with a query, nothing of the body. */
      readonly detail: string;
    };
