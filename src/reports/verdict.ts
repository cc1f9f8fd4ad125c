import type { DeliveryOutcome } from "../ledger/delivery.ts";
import { errorNameOf } from "../twilio/error-codes.ts";
import { speaksOfWebhook } from "./join.ts";
import type { TwilioReport } from "./report.ts";

/** How a delivery went, by our own account. */
export interface OwnView {
  readonly outcome: DeliveryOutcome;
  readonly reason: string | undefined;
  /** Whether Twilio had gone before there was an answer. */
  readonly hasHungUp: boolean;
  /** Epoch ms. */
  readonly receivedAtMs: number;
  readonly durationMs: number;
  /** What Twilio was given. */
  readonly httpStatus: number;
  /** Our own code for what went wrong. */
  readonly errorCode: number | undefined;
}

/** Codes of a request that got no usable HTTP answer (112xx); others speak of what was in it. */
const IS_HTTP_ERROR = /^112\d\d$/;

/**
 * Says in one sentence what follows from Twilio's account of a request and our own: where to look.
 *
 * @param own The delivery it speaks of; `undefined` when the log has none.
 * @param reportedAtMs When Twilio noted it, epoch ms.
 */
export function verdictOn(
  report: TwilioReport,
  reportedAtMs: number,
  own: OwnView | undefined,
): string {
  switch (report.kind) {
    case "usage_trigger":
      return `A usage trigger fired: ${report.category ?? "usage"} is at ${report.current ?? "?"}, its threshold ${report.threshold ?? "?"}.`;
    case "twilio_fallback":
      return `Twilio asked its own fallback, for ${codeText(report.code)}. ${followsFrom(report, reportedAtMs, own)}`;
    case "debugger": {
      const { noAnswer } = report;
      const exact = noAnswer?.error === undefined ? "" : ` (${noAnswer.error})`;
      const tries = noAnswer?.attempts === undefined ? "" : `, after ${times(noAnswer.attempts)}`;
      const after = own === undefined ? "" : ` ${afterText(reportedAtMs - own.receivedAtMs)}`;
      const twilio = `Twilio says ${codeText(report.code)}${exact}${after}${tries}.`;
      return `${twilio} ${followsFrom(report, reportedAtMs, own)}`;
    }
  }
}

function followsFrom(
  report: Exclude<TwilioReport, { kind: "usage_trigger" }>,
  reportedAtMs: number,
  own: OwnView | undefined,
): string {
  const { code } = report;
  if (own === undefined) {
    return speaksOfWebhook(report)
      ? "No such webhook is in the log: if its URL is this one, it never got here (DNS, TLS, a firewall or a rule in front), or log.keep leaves it out."
      : "It speaks of no webhook.";
  }
  const { outcome, reason, httpStatus, durationMs, errorCode, receivedAtMs } = own;
  if (outcome === "running") return "Hookswitch has not answered it yet.";
  if (outcome === "interrupted")
    return "Hookswitch lost it on the way: its Worker ended before it answered.";
  const told = `Hookswitch answered ${httpStatus} in ${durationMs} ms`;
  if (outcome === "unrouted") return `${told}: no origin takes this path.`;
  if (outcome === "refused" || OWN_REASONS.has(reason ?? "")) return `${told}: see its reason.`;
  if (httpStatus >= 400)
    return `${told}${errorCode === undefined ? "" : `, for ${codeText(errorCode)}`}: the application, not the network.`;
  const isHttpError = code === undefined || IS_HTTP_ERROR.test(String(code));
  if (!isHttpError) return `${told}: Twilio got it and could not use what is in it.`;
  if (own.hasHungUp || reportedAtMs - receivedAtMs < durationMs)
    return `${told}, and Twilio had gone by then: it waits less for this product or by its own tt, or the application is slow.`;
  return report.kind === "debugger" && report.noAnswer === undefined
    ? `${told}: what Twilio got may have come from something in between.`
    : `${told}: the answer did not get back to Twilio, the network in between and not the application.`;
}

/** Failures that are neither the application's nor the network's. */
const OWN_REASONS: ReadonlySet<string> = new Set([
  "misconfigured",
  "websocket_unsupported",
  "first_did_not_end",
]);

function codeText(code: number | undefined): string {
  if (code === undefined) return "an error without a code";
  const name = errorNameOf(code);
  return name === undefined ? String(code) : `${code} ${name}`;
}

function afterText(ms: number): string {
  return ms < 0 ? "before it got here" : `${(ms / 1_000).toFixed(1)} s after it got here`;
}

function times(count: number): string {
  return count === 1 ? "one try" : `${count} tries`;
}
