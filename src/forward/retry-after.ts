/** Further away than any deadline, and still a safe number to count with. */
const MAX_WAIT_MS = Number.MAX_SAFE_INTEGER / 2;

/**
 * Reads `Retry-After`: whole seconds, or a date in the one form that servers may still send
 * (IMF-fixdate, RFC 9110 §5.6.7).
 *
 * @param value As received, from the origin; anything.
 * @param nowMs Epoch ms.
 * @returns How long to wait, ms, ≥ 0: a date in the past is 0. `undefined` for no or an unreadable value.
 */
export function parseRetryAfterMs(
  value: string | null | undefined,
  nowMs: number,
): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT_MS);
  const atMs = parseFixdate(text);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

/** `Date` guesses; what it writes back the same it has read right, day of the week included. */
function parseFixdate(text: string): number | undefined {
  // oxlint-disable-next-line eslint/no-restricted-globals -- reads a text, not the clock
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.toUTCString() !== text ? undefined : date.getTime();
}
