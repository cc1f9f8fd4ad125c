import type { ShownDelivery } from "../log/delivery.ts";
import type { Finding } from "./finding.ts";
import type { Probed } from "./probing.ts";
import { whoBlocked } from "./who-answered.ts";

const KEEP_OUT =
  "keep this spelling out of webhook URLs, or switch URL normalisation off (Rules -> Settings, Normalize incoming URLs)";

/**
 * What became of a probe.
 * @param detail The delivery of a plain one that was refused, which tells why.
 */
export function probeFinding(probed: Probed, detail?: ShownDelivery): Finding {
  const { probe, url, reply, isUnrouted, row } = probed;
  const check = probe.kind === "spelling" ? "spelling" : "signed probe";
  const isSpelling = probe.kind === "spelling";
  if (reply.kind === "failed") {
    return { check, state: "failed", detail: `${probe.name}: ${reply.message}` };
  }
  const blocker = whoBlocked(reply);
  if (blocker !== undefined) {
    return {
      check,
      state: isSpelling ? "warning" : "failed",
      detail: `${probe.name}: ${blocker.who}`,
      mend: blocker.mend,
    };
  }
  if (isUnrouted) return { check, state: "ok", detail: `${probe.name}: arrives as signed` };
  if (row === undefined) {
    return {
      check,
      state: "warning",
      detail: `${probe.name}: arrives, not as signed; the log does not list how`,
      mend: "more than 20 refusals a minute are only counted: try again in a minute",
    };
  }
  if (row.reason === "misconfigured") {
    const detailText = `${probe.name}: answered 500, the configuration stops every origin`;
    return { check, state: "failed", detail: detailText };
  }
  const isProven = row.outcome !== "refused" && row.reason !== "signature_mismatch";
  if (isProven) return { check, state: "ok", detail: `${probe.name}: arrives as signed` };
  if (!isSpelling) return refused(probed, row.reason ?? row.outcome, detail);
  const sentPath = pathOf(url);
  const change =
    row.path === sentPath ? "its query arrives changed" : `${sentPath} arrives as ${row.path}`;
  const why = row.reason === "signature_mismatch" ? change : `is refused (${row.reason})`;
  return { check, state: "warning", detail: `${probe.name}: ${why}`, mend: KEEP_OUT };
}

function refused(
  { probe, url }: Probed,
  reason: string,
  detail: ShownDelivery | undefined,
): Finding {
  const refusal = `${probe.name}: refused (${reason})`;
  const [sent, seen] = [withoutQuery(url), detail?.request.url];
  if (seen !== undefined && seen !== sent) {
    return {
      check: "signed probe",
      state: "failed",
      detail: `${refusal}: ${sent} arrives as ${seen}`,
      mend: "set public_url of each origin to the scheme and host that Twilio is given",
    };
  }
  return {
    check: "signed probe",
    state: "failed",
    detail: refusal,
    mend:
      reason === "signature_mismatch"
        ? "the auth token of this machine (environment or .dev.vars) is not one that is set there, or something on the way changes query or body"
        : 'the README, "Why a webhook was refused", tells what this reason means',
  };
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, "");
}

function pathOf(url: string): string {
  return withoutQuery(url).replace(/^[a-z]+:\/\/[^/]*/i, "");
}
