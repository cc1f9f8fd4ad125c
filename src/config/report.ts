import type { Problem } from "./types.ts";

/** A remark that stops nothing. Holds no secret. */
export type Remark = Pick<Problem, "key" | "message">;

/** Everything found while a configuration is read. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Remark[];
  /** What could not be checked here because a secret is kept elsewhere. */
  readonly notes: Remark[];
}

/**
 * Takes down what is found at one place of the configuration. Messages read
 * `expected …, found …` where something is wrong, and never hold a secret.
 */
export interface Report {
  /** The place of `key` below this one: `ORIGINS.sms` at `url` is `ORIGINS.sms.url`. */
  at(key: string): Report;
  problem(message: string): void;
  warning(message: string): void;
  /** Only a note where secrets may be kept elsewhere; if not, a problem or, when one can do without, a warning. */
  absentSecret(message: string, otherwise?: "problem" | "warning"): void;
}

/** What a report needs to know of the place it is about. */
interface Place {
  readonly key: string;
  readonly concerns: Problem["concerns"];
  readonly absentSecrets: "problem" | "note";
}

/** Opens a report whose findings go into `findings`. */
export function openReport(findings: Findings, place: Place): Report {
  const { key, concerns, absentSecrets } = place;
  const report: Report = {
    at: (below) => openReport(findings, { ...place, key: `${key}.${below}` }),
    problem: (message) => void findings.problems.push({ key, message, concerns }),
    warning: (message) => void findings.warnings.push({ key, message }),
    absentSecret: (message, otherwise = "problem") => {
      if (absentSecrets === "note") findings.notes.push({ key, message });
      else report[otherwise](message);
    },
  };
  return report;
}
