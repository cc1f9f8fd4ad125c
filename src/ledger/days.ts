const DAY_MS = 86_400_000;

/** A UTC day as it stands in a table's name: `20261124`. */
export type Day = string;

/** The UTC day of an instant (epoch ms). */
export function dayOf(atMs: number): Day {
  // oxlint-disable-next-line no-restricted-globals -- reads no clock: turns an instant into its calendar day
  return new Date(atMs).toISOString().slice(0, 10).replaceAll("-", "");
}

/** The UTC day before that of an instant. */
export function dayBefore(atMs: number): Day {
  return dayOf(atMs - DAY_MS);
}

/** The instant at which the next UTC day begins, epoch ms. */
export function nextDayAtMs(atMs: number): number {
  return (Math.floor(atMs / DAY_MS) + 1) * DAY_MS;
}

/**
 * Which days are over, so that their tables can be dropped.
 * @param input.keepDays How many days are kept, today included, ≥ 1.
 */
export function expiredDays(input: {
  readonly days: readonly Day[];
  readonly nowMs: number;
  readonly keepDays: number;
}): readonly Day[] {
  const oldestKept = dayOf(input.nowMs - (input.keepDays - 1) * DAY_MS);
  return input.days.filter((day) => day < oldestKept);
}
