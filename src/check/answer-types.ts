/** What Twilio is given: an origin's, a fallback's or a stored one. */
export interface Answer {
  /** 200–599. */
  readonly status: number;
  /** End-to-end headers in their order, repeated names repeated; never `Content-Length` or `Content-Encoding`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** After content decoding, at most 1 MiB. */
  readonly body: Uint8Array<ArrayBuffer>;
}
