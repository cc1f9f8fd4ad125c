import type { Io, Style } from "../io.ts";
import { oneLine } from "../printable.ts";

/** How something was found. What was left out is neither good nor bad. */
export type FindingState = "ok" | "warning" | "failed" | "skipped";

/** One thing that was looked at. */
export interface Finding {
  /** Stable: scripts read it. */
  readonly check: string;
  readonly state: FindingState;
  /** One line. */
  readonly detail: string;
  /** What mends it, one line; absent where nothing need be. */
  readonly mend?: string;
}

const styles: Readonly<Record<FindingState, Style>> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
  skipped: "dim",
};

/** A finding for whoever reads, its mend below it. */
export function findingText({ check, state, detail, mend }: Finding, style: Io["style"]): string {
  const first = `${style(styles[state], state.padEnd(7))}  ${check.padEnd(13)}  ${oneLine(detail)}`;
  return mend === undefined ? first : `${first}\n${" ".repeat(24)}-> ${oneLine(mend)}`;
}

/** How all of it is, in one line. */
export function verdictLine(findings: readonly Finding[]): string {
  const count = (state: FindingState): number =>
    findings.filter((finding) => finding.state === state).length;
  const failed = count("failed");
  const counts = `${count("warning")} warnings, ${count("skipped")} left out`;
  return failed === 0 ? `nothing failed, ${counts}` : `${failed} failed, ${counts}`;
}
