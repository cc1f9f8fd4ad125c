/** What a test says of a delivery's request; the rest is a form that was kept. */
export interface ShownRequest {
  readonly method?: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly contentType?: string | null;
  /** `null` where it was not kept. */
  readonly body?: string | Uint8Array | null;
  readonly idempotencyToken?: string | null;
  readonly redacted?: boolean;
  readonly withheld?: string | null;
}

/** A delivery as `GET /_log/deliveries/:id?unmask=1` shows it, as far as a replay looks at it. */
export function shownDelivery(
  id: string,
  request: ShownRequest = {},
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const { method = "POST", query = [], body = "Body=Hello+you&From=%2B14155550123" } = request;
  const contentType = request.contentType ?? "application/x-www-form-urlencoded; charset=UTF-8";
  const hasType = request.contentType !== null && method !== "GET";
  const token = request.idempotencyToken === undefined ? "token-1" : request.idempotencyToken;
  return {
    id,
    outcome: "dead",
    account_sid: `AC${"12".repeat(16)}`,
    verified: true,
    masked: false,
    request: {
      method,
      url: "https://hooks.example.com/sms",
      query: query.map(([name, value]) => ({ name, value })),
      headers: [
        ["accept", "*/*"],
        ...(hasType ? [["content-type", contentType]] : []),
        ...(token === null ? [] : [["i-twilio-idempotency-token", token]]),
        ["user-agent", "TwilioProxy/1.1"],
      ],
      content_type: hasType ? contentType : null,
      parameters: null,
      body: null,
      raw_body: body === null ? null : Buffer.from(body).toString("base64"),
      redacted: request.redacted ?? false,
      withheld: request.withheld ?? null,
    },
    ...more,
  };
}
