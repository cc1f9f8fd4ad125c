import type { Unstable_Config } from "wrangler";
import type { Remark } from "../config/report.ts";

/** The runtime that Hookswitch is built and tested for. */
const DATE = "2026-10-01";

/** The flags that it is built for: without them nothing fails at once. */
const flags = [
  {
    flag: "global_fetch_strictly_public",
    loss: "an origin on a zone of the same account would be asked past its front door, or not at all",
  },
  { flag: "enable_request_signal", loss: "the log could not tell that Twilio has hung up" },
];

/**
 * Checks that the Worker gets the runtime that it is built for. Environments inherit date and flags, and a list of
 * flags of their own takes the place of the whole one at the top.
 *
 * @param keyOf The key under which a field of the file is set.
 */
export function runtimeProblems(
  { compatibility_date: date, compatibility_flags: set }: Unstable_Config,
  keyOf: (field: string) => string,
): readonly Remark[] {
  const isOld = date === undefined || date < DATE;
  const dated = isOld
    ? [
        {
          key: keyOf("compatibility_date"),
          message: `expected "${DATE}" or later, which Hookswitch is built for, found ${date === undefined ? "none" : `"${date}"`}`,
        },
      ]
    : [];
  const flagged = flags
    .filter(({ flag }) => !set.includes(flag))
    .map(({ flag, loss }) => ({
      key: keyOf("compatibility_flags"),
      message: `expected "${flag}" among them, found it missing: without it ${loss}`,
    }));
  return [...dated, ...flagged];
}
