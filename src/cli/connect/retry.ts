/** How Twilio's API answered, as far as asking again goes. */
export interface ApiAnswer {
  /** HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
  /** `Retry-After`, raw. */
  readonly retryAfter: string | undefined;
}

const ATTEMPTS = 5;
const MOST_MS = 10_000;

/**
 * Decides whether Twilio's API is asked again, and when. All that is asked reads, or sets a value to the
 * same as before, so that asking twice does no harm. At most 40 s are waited in all.
 *
 * @param attempt How many were made, ≥ 1.
 * @param random In [0, 1).
 * @returns ms to wait; `undefined` to give up, or where it went well.
 * @see https://www.twilio.com/docs/usage/rest-api-best-practices read 2026-11: 429 with backoff.
 */
export function retryDelayMs(
  { status, retryAfter }: ApiAnswer,
  attempt: number,
  random: number,
): number | undefined {
  const isPassing = status === undefined || status === 429 || status >= 500;
  if (!isPassing || attempt >= ATTEMPTS) return undefined;
  if (retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter)) {
    return Math.min(Number(retryAfter) * 1_000, MOST_MS);
  }
  const mostMs = Math.min(500 * 2 ** (attempt - 1), MOST_MS);
  return Math.round(mostMs * (0.5 + random / 2));
}
