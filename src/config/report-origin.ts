import type { Table } from "../shared/table.ts";
import { readTwiml } from "./fallback.ts";
import type { Report } from "./report.ts";
import type { OpenTable } from "./shapes.ts";
import type { Fallback } from "./types.ts";

/** The modes of an origin that Twilio tells what it saw itself. */
export type ReportMode = "debugger" | "twilio_fallback";

/** What is said of how webhooks are sent on. */
const forwardingKeys = ["answer", "sign", "dedupe", "breaker", "headers"] as const;

const whyNoUrl: Readonly<Record<ReportMode, string>> = {
  debugger: "what Twilio's Debugger tells is noted, and sent to nobody",
  twilio_fallback:
    'Twilio\'s fallback requests are answered from fallback or fallback_twiml; with a url it is mode = "respond"',
};

/** Reports a `url`, which these modes have none of. */
export function refuseUrl(entries: Table, mode: ReportMode, report: Report): void {
  if (entries["url"] !== undefined) {
    report.at("url").problem(`expected no url, found one: ${whyNoUrl[mode]}`);
  }
}

/** Reports what is said of forwarding where nothing is forwarded, unproven webhooks among it. */
export function refuseForwarding(entries: Table, mode: ReportMode, report: Report): void {
  const keys =
    mode === "debugger" ? ["fallback", "fallback_twiml", ...forwardingKeys] : forwardingKeys;
  for (const key of keys.filter((each) => entries[each] !== undefined)) {
    report.at(key).problem(`expected no ${key}, found one: nothing is forwarded here`);
  }
  if (entries["verify"] !== undefined && entries["verify"] !== "enforce") {
    report
      .at("verify")
      .problem('expected "enforce", found something else: nothing is forwarded here to observe');
  }
}

/** Reads the TwiML that Twilio's fallback requests are answered with where no URL is asked. */
export function parseAnswerTwiml(table: OpenTable, report: Report): string | undefined {
  const twiml = readTwiml(table, report.at("fallback_twiml"));
  if (twiml === undefined) {
    report.problem(
      "expected fallback or fallback_twiml, found neither: it is the last answer that a caller gets",
    );
  }
  return twiml;
}

/** Reads what goes before a 502 where the URL that fallback requests are sent to has no answer. */
export function parseLastAnswer(table: OpenTable, report: Report): Fallback {
  const twiml = readTwiml(table, report.at("fallback_twiml"));
  return twiml === undefined ? { kind: "none" } : { kind: "twiml", twiml };
}
