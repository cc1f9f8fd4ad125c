import { isTable, type Table } from "../shared/table.ts";
import type { AlertDestination } from "./alerts-types.ts";
import type { Report } from "./report.ts";
import { readSecretText } from "./secret-text.ts";
import { openTable } from "./shapes.ts";
import { isLoopback } from "./target.ts";

/** Events API v2. An account in the EU has `https://events.eu.pagerduty.com/v2/enqueue`. */
const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";

/** Standard Webhooks: 24 to 64 bytes in base64 behind a prefix. */
const SIGNING_SECRET = /^whsec_((?:[A-Za-z\d+/]{4}){8,21}(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?)$/;
/** An integration key, which PagerDuty calls the routing key too. */
const ROUTING_KEY = /^[\da-z]{32}$/i;

type ReadSecret = (name: string) => unknown;

/**
 * Reads who is told: `slack`, `webhook`, `pagerduty`. Addresses are secrets as much as keys are, so no
 * message holds any of either.
 */
export function parseDestinations(
  entries: Table,
  readSecret: ReadSecret,
  report: Report,
): readonly AlertDestination[] {
  const found: AlertDestination[] = [];
  if (entries["slack"] !== undefined) {
    const url = readUrl(entries["slack"], readSecret, report.at("slack"));
    if (url !== undefined) found.push({ kind: "slack", url });
  }
  if (entries["webhook"] !== undefined) {
    const read = readWebhook(entries["webhook"], readSecret, report.at("webhook"));
    if (read !== undefined) found.push(read);
  }
  if (entries["pagerduty"] !== undefined) {
    const read = readPagerDuty(entries["pagerduty"], readSecret, report.at("pagerduty"));
    if (read !== undefined) found.push(read);
  }
  return found;
}

function readWebhook(
  value: unknown,
  readSecret: ReadSecret,
  report: Report,
): AlertDestination | undefined {
  if (!isTable(value)) {
    report.problem('expected a table such as { url = "$ALERT_URL", secret = "$ALERT_SECRET" }');
    return undefined;
  }
  openTable(value, ["url", "secret"], report);
  const url = readUrl(value["url"], readSecret, report.at("url"));
  const typed = readSecretText(value["secret"], readSecret, report.at("secret"));
  const secret = typed === undefined ? undefined : SIGNING_SECRET.exec(typed)?.[1];
  if (typed !== undefined && secret === undefined) {
    report
      .at("secret")
      .problem("expected whsec_ and 24 to 64 bytes in base64 behind it, found something else");
  }
  return url === undefined || secret === undefined ? undefined : { kind: "webhook", url, secret };
}

function readPagerDuty(
  value: unknown,
  readSecret: ReadSecret,
  report: Report,
): AlertDestination | undefined {
  const isWhole = isTable(value);
  if (isWhole) openTable(value, ["key", "url"], report);
  const own = isWhole ? report.at("key") : report;
  const key = readSecretText(isWhole ? value["key"] : value, readSecret, own);
  const url =
    isWhole && value["url"] !== undefined
      ? readUrl(value["url"], readSecret, report.at("url"))
      : PAGERDUTY_URL;
  if (key !== undefined && !ROUTING_KEY.test(key)) {
    own.problem(
      "expected the integration key of a service (Events API v2), 32 letters and digits, found something else",
    );
    return undefined;
  }
  return url === undefined || key === undefined ? undefined : { kind: "pagerduty", url, key };
}

function readUrl(value: unknown, readSecret: ReadSecret, report: Report): string | undefined {
  const typed = readSecretText(value, readSecret, report);
  if (typed === undefined) return undefined;
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  const isFit =
    url !== undefined &&
    url.username === "" &&
    url.password === "" &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  if (isFit) return url.href;
  report.problem(
    "expected an https URL without user name and password (http only for this machine itself), found something else",
  );
  return undefined;
}
