import type { AlertRules } from "../config/alerts-types.ts";

/** How bad it is, in PagerDuty's words. */
export type Severity = "critical" | "error" | "warning" | "info";

/** What can be told of; the key of `[vars.ALERTS]` that changes it, and its section of the runbook. */
export type Rule =
  | Exclude<keyof AlertRules, "backlogMs">
  | "backlog"
  /** What `hookswitch alert test` sends. */
  | "test";

/** One thing about which a rule says something now. What is not said is not known. */
export interface Finding {
  readonly rule: Rule;
  /** Which: an origin's name, a shard; `""` for all. Nothing that a stranger has chosen. */
  readonly subject: string;
  readonly isBad: boolean;
  /** Whether it is no state but something that has happened: each time is news. */
  readonly isEvent?: boolean;
  readonly severity: Severity;
  /** One sentence for whoever is woken by it. Nothing personal, no secret. */
  readonly text: string;
}

/** What makes two alerts the same. */
export function keyOf({ rule, subject }: Pick<Finding, "rule" | "subject">): string {
  return subject === "" ? rule : `${rule}/${subject}`;
}
