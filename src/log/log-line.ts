/** One line on the console for each webhook. No body, parameter, query string or key is ever in it. */
export interface LogLine {
  readonly deliveryId: string | undefined;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly origin: string | undefined;
  readonly accountSid: string | undefined;
  readonly method: string;
  /** Raw, cut at 200 characters. */
  readonly path: string;
  readonly status: number;
  /** From receipt to the answer. */
  readonly durationMs: number;
  readonly attempts: number;
  readonly errorCode: number | undefined;
  readonly dedupe: string | undefined;
}
