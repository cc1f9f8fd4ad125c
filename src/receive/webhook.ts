/** The methods Twilio sends webhooks with. Everything else is answered 405. */
export type WebhookMethod = "GET" | "POST";

/**
 * The text of a request URL, cut at its own delimiters and never re-encoded: what was signed is
 * the text, and `new URL()` would change it.
 */
export interface RawUrl {
  /** `http` or `https`, as the listener says. */
  readonly scheme: string;
  /** Host name as received: its case is kept, an IPv6 address keeps its brackets. No userinfo, no port. */
  readonly host: string;
  /** Digits after the host, `undefined` when there is no colon. */
  readonly port: string | undefined;
  /** Starts with `/`. */
  readonly path: string;
  /** Without its `?`; `""` for a bare `?`, `undefined` when there is none. */
  readonly query: string | undefined;
}

/**
 * A request as it came in, before anybody knows who sent it: an attacker chooses every part.
 */
export interface ReceivedWebhook {
  /** The delivery's id (`ledger/delivery-id.ts`). */
  readonly deliveryId: string;
  readonly method: WebhookMethod;
  /** `request.url` to the letter. */
  readonly url: string;
  readonly rawUrl: RawUrl;
  /** Names in lower case; repeated ones joined with `, `, as the runtime gives them. */
  readonly headers: Headers;
  /** At most 1 MiB, as received. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether it asks to become a WebSocket. */
  readonly isWebSocketHandshake: boolean;
  /** Epoch ms at which the Worker began with it; the budget is counted from here. */
  readonly receivedAtMs: number;
}

/** Name and value, decoded, in the order received. Repeated names stay repeated. */
export type Parameters = readonly (readonly [name: string, value: string])[];
