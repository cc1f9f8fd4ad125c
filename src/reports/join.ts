import { parseRawUrl } from "../receive/raw-url.ts";
import type { Parameters } from "../receive/webhook.ts";
import { isNeverKept } from "../twilio/parameters.ts";
import type { TwilioReport } from "./report.ts";

/** A delivery that a report may speak of: one of the same call or message. */
export interface Candidate {
  readonly id: string;
  /** Epoch ms. */
  readonly receivedAtMs: number;
  /** Raw path of its URL. */
  readonly path: string;
  /** What was sent; `undefined` where the log has not kept it. */
  readonly parameters: Parameters | undefined;
  /** Whether it was proven to be Twilio's: a stranger may name any call. */
  readonly isVerified: boolean;
  readonly accountSid: string | undefined;
  /** Whether it was given another one's answer: what failed is then the other one. */
  readonly isDuplicate: boolean;
}

/** What Twilio notes comes within its 15 s, and a retry or two; the clocks are not the same. */
const MAX_BEFORE_MS = 60_000;
const MAX_CLOCK_APART_MS = 5_000;

/** The span of receipt of what a report may speak of, epoch ms. */
export function spanOf(reportedAtMs: number): {
  readonly sinceMs: number;
  readonly untilMs: number;
} {
  return { sinceMs: reportedAtMs - MAX_BEFORE_MS, untilMs: reportedAtMs + MAX_CLOCK_APART_MS };
}

/** When Twilio noted what it reports: by its own clock where it says so, else when its report came. */
export function reportedAt(report: TwilioReport, receivedAtMs: number): number {
  return report.kind === "debugger" ? (report.atMs ?? receivedAtMs) : receivedAtMs;
}

/**
 * Finds the delivery that a report speaks of, among those of the same call or message: of the same account, received
 * shortly before, at the same path, with the same parameters; of several the latest that was no duplicate. Host and
 * scheme may differ behind a proxy, and a query is left out of account. A report that names no URL speaks of none.
 *
 * @param told What brought the report: when it was received, epoch ms, and the account that signed it, which alone it may speak of.
 * @param sent The parameters that Twilio says it sent; empty where it does not say.
 */
export function subjectOf<C extends Candidate>(
  report: TwilioReport,
  told: { readonly receivedAtMs: number; readonly accountSid: string | undefined },
  candidates: readonly C[],
  sent: Parameters,
): C | undefined {
  if (!speaksOfWebhook(report)) return undefined;
  const atMs = reportedAt(report, told.receivedAtMs);
  const { sinceMs, untilMs } = spanOf(atMs);
  const path = parseRawUrl(report.url)?.path;
  return candidates
    .filter(
      (each) =>
        each.isVerified &&
        each.accountSid === told.accountSid &&
        each.receivedAtMs >= sinceMs &&
        each.receivedAtMs < untilMs &&
        path === each.path &&
        isSame(sent, each.parameters),
    )
    .toSorted(
      (one, other) => rank(one, atMs) - rank(other, atMs) || other.receivedAtMs - one.receivedAtMs,
    )[0];
}

/** Less is likelier. */
function rank({ isDuplicate, receivedAtMs }: Candidate, reportedAtMs: number): number {
  return (isDuplicate ? 2 : 0) + (receivedAtMs > reportedAtMs ? 1 : 0);
}

/** Whether a report is about a request to a URL; Twilio's Debugger also tells of what never was one, such as a text that was not delivered. */
export function speaksOfWebhook(
  report: TwilioReport,
): report is Exclude<TwilioReport, { kind: "usage_trigger" }> & { readonly url: string } {
  return report.kind !== "usage_trigger" && report.url !== undefined;
}

/** Whether nothing that both know differs; what is kept nowhere is empty in both. */
function isSame(sent: Parameters, known: Parameters | undefined): boolean {
  if (known === undefined) return true;
  const values = new Map(known);
  return sent.every(([name, value]) => {
    const other = values.get(name);
    return other === undefined || isNeverKept(name) || other === value;
  });
}
