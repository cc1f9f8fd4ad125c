import type { Io } from "../io.ts";
import { oneLine, printable } from "../printable.ts";
import type { ShownDelivery } from "./delivery.ts";
import { reportText } from "./reports.ts";
import { whyOf } from "./row-line.ts";

/**
 * A delivery in lines for whoever reads: what became of it, how, and what went over the wire.
 * @param page Address of the same on the log's page.
 */
export function deliveryText(shown: ShownDelivery, page: string, style: Io["style"]): string {
  const { row, request, answer, attempts, timeline, reports } = shown;
  const heading = (text: string): readonly string[] => ["", style("bold", text)];
  return [
    style("bold", `${row.outcome}  ${oneLine(whyOf(row))}`.trimEnd()),
    ...facts(shown, page),
    ...heading("Timeline"),
    ...timeline.map(({ atMs, event }) => `  ${`${atMs} ms`.padStart(9)}  ${oneLine(event)}`),
    ...(attempts.length === 0 ? [] : heading("Attempts")),
    ...attempts.map((attempt) => `  ${attemptLine(attempt)}`),
    ...(reports.length === 0 ? [] : heading("What Twilio saw")),
    ...reports.map((report) => `  ${reportText(report, style).replace("\n", "\n  ")}`),
    ...heading("Request"),
    `  ${oneLine(`${request.method} ${request.url}`)}`,
    ...pairs("?", request.query),
    ...pairs(
      "",
      request.headers.map(([name, value]) => [`${name}:`, value]),
    ),
    ...bodyLines(request),
    ...(answer === undefined ? [] : heading("Answer")),
    ...(answer === undefined ? [] : [`  ${answer.status}`]),
    ...pairs(
      "",
      (answer?.headers ?? []).map(([name, value]) => [`${name}:`, value]),
    ),
    ...textLines(answer?.body ?? ""),
  ].join("\n");
}

function facts(shown: ShownDelivery, page: string): readonly string[] {
  const { row, isVerified, key, signedUrl, accountSid, dedupe, firstDeliveryId } = shown;
  const proof = isVerified ? `by ${key ?? "a key"}, signed URL ${signedUrl ?? "unknown"}` : "no";
  const known: readonly (readonly [string, string | undefined])[] = [
    ["delivery", row.id],
    ["received", `${row.receivedAt}, ${row.durationMs} ms until its answer`],
    ["origin", row.origin],
    ["given to Twilio", row.httpStatus === undefined ? undefined : String(row.httpStatus)],
    ["verified", proof],
    ["account", accountSid],
    ["sids", row.sids.join(" ") || undefined],
    ["status", row.twilioStatus],
    ["dedupe", firstDeliveryId === undefined ? dedupe : `${dedupe}, first: ${firstDeliveryId}`],
    ["hung up", shown.hasHungUp ? "Twilio had gone before there was an answer" : undefined],
    ["masked", shown.isMasked ? "personal values; --unmask shows them (LOG_ADMIN_TOKEN)" : "no"],
    ["page", page],
  ];
  return known.flatMap(([name, text]) =>
    text === undefined ? [] : [`  ${name.padEnd(15)}  ${oneLine(text)}`],
  );
}

function attemptLine(attempt: ShownDelivery["attempts"][number]): string {
  const { number, to, durationMs, result, status, detail, twilioCode } = attempt;
  return oneLine(
    [
      `${number} to the ${to}: ${result}`,
      ...(status === undefined ? [] : [String(status)]),
      ...(attempt.class === undefined ? [] : [attempt.class]),
      ...(twilioCode === undefined ? [] : [String(twilioCode)]),
      `${durationMs} ms`,
      ...(detail === undefined ? [] : [detail]),
    ].join(", "),
  );
}

function pairs(
  before: string,
  list: readonly (readonly [name: string, value: string])[],
): readonly string[] {
  const width = Math.min(28, Math.max(0, ...list.map(([name]) => name.length)));
  return list.map(([name, value]) =>
    `  ${before}${oneLine(name).padEnd(width)} ${oneLine(value)}`.trimEnd(),
  );
}

function bodyLines({
  parameters,
  body,
  bodyBytes,
  isRedacted,
  withheld,
}: ShownDelivery["request"]): readonly string[] {
  const notes = [
    ...(withheld === undefined ? [] : [`  (withheld: ${withheld})`]),
    ...(isRedacted ? ["  (keypad digits or card data were taken out)"] : []),
    ...(parameters === undefined && body === undefined && bodyBytes > 0
      ? [`  (${bodyBytes} bytes, not kept)`]
      : []),
  ];
  if (parameters !== undefined) return ["", ...pairs("", parameters), ...notes];
  return [...textLines(body ?? ""), ...notes];
}

function textLines(text: string): readonly string[] {
  return text === ""
    ? []
    : [
        "",
        ...printable(text)
          .split("\n")
          .map((line) => `  ${line}`),
      ];
}
