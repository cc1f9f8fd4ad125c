/** What Twilio's own console calls them. */
const errorNames: Readonly<Record<number, string>> = {
  11200: "HTTP retrieval failure",
  11201: "TCP connection timed out",
  11202: "TCP connection refused",
  11203: "HTTP communication total time out triggered",
  11205: "HTTP connection failure",
  11206: "HTTP protocol violation",
  11210: "HTTP bad host name",
  11216: "Invalid redirect",
  11217: "Error response code",
  11220: "SSL/TLS handshake error",
  11750: "TwiML response body too large",
  11770: "Empty response body",
  12100: "Document parse failure",
  12102: "Root element must be Response",
  12300: "Invalid Content-Type",
};

/** Twilio's name of an error code; `undefined` for one that a proxy does not give. */
export function errorNameOf(code: number): string | undefined {
  return errorNames[code];
}

/**
 * Twilio's error codes, as far as a proxy can know that they fit. They are what the log shows and what
 * a fallback URL is told as `ErrorCode`, so that both read like Twilio's own console.
 *
 * Twilio itself often reports only 11200 and gives the exact code in `X-Twilio-WebhookError`; here the
 * exact one is used wherever it is known, and 11200 where several would fit.
 *
 * @see https://www.twilio.com/docs/api/errors read 2026-11.
 */
export const errorCodes = {
  /** HTTP retrieval failure: what is used when no more exact cause is known. */
  retrievalFailure: 11200,
  /** TCP connection timed out. */
  connectTimeout: 11201,
  /** TCP connection refused. */
  connectRefused: 11202,
  /** HTTP communication total time out triggered: no complete answer in time. */
  totalTimeout: 11203,
  /** HTTP connection failure: never connected, for a reason that is not told. */
  connectionFailure: 11205,
  /** HTTP protocol violation: an answer that is not HTTP, or breaks its rules. */
  protocolViolation: 11206,
  /** HTTP bad host name: DNS knows no such host. */
  badHostName: 11210,
  /** Invalid redirect: not 301, 302, 303 or 307, or without `Location`. */
  invalidRedirect: 11216,
  /** Error response code: a 4xx or 5xx. */
  errorStatus: 11217,
  /** SSL/TLS handshake error. Certificates have codes of their own (11235–11237), which cannot be told apart here. */
  tlsFailure: 11220,
  /** TwiML response body too large. */
  bodyTooLarge: 11750,
  /** Empty response body. */
  bodyEmpty: 11770,
  /** Document parse failure: XML that is not well-formed. */
  documentParseFailure: 12100,
  /** Root element must be Response. */
  rootNotResponse: 12102,
  /** Invalid Content-Type: none, or one that Twilio cannot use. */
  invalidContentType: 12300,
} as const;
