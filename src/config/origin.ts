import type { Table } from "../shared/table.ts";
import { defaults } from "./defaults.ts";
import { type KvUse, parseDedupe } from "./dedupe.ts";
import { parseFallback } from "./fallback.ts";
import { parseHeaders } from "./headers.ts";
import { warnOfBudget } from "./product-budgets.ts";
import { parseQueue, refuseAnswers, refuseQueueKeys, warnOfQueue } from "./queue.ts";
import { parsePublicUrl } from "./public-url.ts";
import type { Report } from "./report.ts";
import { parseAnswerTwiml, parseLastAnswer, refuseForwarding, refuseUrl } from "./report-origin.ts";
import { parseRoute } from "./route.ts";
import {
  oneOf,
  type OpenTable,
  openTable,
  parameterNames,
  table as tableShape,
  text,
  textFor,
  trueOrFalse,
} from "./shapes.ts";
import { show, showUrl } from "./show.ts";
import { parseTarget } from "./target.ts";
import type { LogConfig, OriginConfig, PublicUrl, ReportOrigin, Route, Target } from "./types.ts";

/** What an origin's table is read against. */
export interface Surroundings {
  readonly kv: KvUse;
  /** `LOG_DAYS`. */
  readonly logDays: number;
  /** Whether `LOG_KEY` is absent or can be used. */
  readonly isLogKeyFit: boolean;
  readonly readSecret: (name: string) => unknown;
  /** Whether any key could have signed for an account. */
  readonly hasKeyFor: (accountSid: string) => boolean;
}

/** What could be made of an origin's table. Not to be used when a problem was reported. */
export interface ParsedOrigin {
  readonly route: Route | undefined;
  readonly config: OriginConfig | ReportOrigin | undefined;
}

const keys = (
  "path host url fallback fallback_twiml mode answer verify public_url accounts sign dedupe log " +
  "breaker headers retry limit ack"
).split(" ");
const modes = oneOf("respond", "queue", "debugger", "twilio_fallback");

/**
 * Reads one `[vars.ORIGINS.<name>]` table. What is wrong goes into `report`, all of it at once.
 *
 * @param entries As found in the environment.
 */
export function parseOrigin(
  name: string,
  entries: Table,
  surroundings: Surroundings,
  report: Report,
): ParsedOrigin {
  const table = openTable(entries, keys, report);
  const route = parseRoute(table, report);
  const receiving = {
    name,
    publicUrl: readPublicUrl(table, report.at("public_url")),
    accounts: readAccounts(entries["accounts"], surroundings, report.at("accounts")),
    log: readLog(table, report.at("log")),
  };
  const mode = table.optional("mode", modes, "respond");
  if (mode === "queue") refuseAnswers(entries, report);
  else refuseQueueKeys(entries, report);
  if (mode === "debugger" || mode === "twilio_fallback") refuseUrl(entries, mode, report);
  if (mode === "debugger" || (mode === "twilio_fallback" && entries["fallback"] === undefined)) {
    refuseForwarding(entries, mode, report);
    const twiml = mode === "debugger" ? undefined : parseAnswerTwiml(table, report);
    if (route === undefined) return { route, config: undefined };
    return { route, config: { ...receiving, route, verify: "enforce", takes: mode, twiml } };
  }
  const takes = mode === "twilio_fallback" ? mode : "webhooks";
  const key = takes === "webhooks" ? "url" : "fallback";
  const target = readTarget(table, key, route, report.at(key));
  const isQueue = mode === "queue";
  if (isQueue && !surroundings.isLogKeyFit) {
    report.at("mode").problem("expected a fit LOG_KEY to seal what is queued, found an unfit one");
  }
  const rest: Omit<OriginConfig, "route" | "target"> = {
    ...receiving,
    takes,
    queue: parseQueue(table, isQueue, surroundings.logDays, report),
    fallback:
      takes === "webhooks"
        ? parseFallback(table, { route, target }, report)
        : parseLastAnswer(table, report),
    answer: table.optional(
      "answer",
      oneOf("auto", "twiml", "any"),
      isQueue ? defaults.queueAnswer : defaults.answer,
    ),
    verify: table.optional("verify", oneOf("enforce", "observe"), defaults.verify),
    sign: table.optional("sign", oneOf("twilio", "keep"), defaults.sign),
    dedupe: parseDedupe(
      entries["dedupe"],
      isQueue ? "not_needed" : surroundings.kv,
      report.at("dedupe"),
    ),
    hasBreaker: table.optional("breaker", trueOrFalse, defaults.breaker),
    headers: parseHeaders(entries["headers"], surroundings.readSecret, report.at("headers")),
  };
  if (route === undefined || target === undefined) return { route, config: undefined };
  const config = { ...rest, route, target };
  const budgetWarning = isQueue ? undefined : warnOfBudget(config);
  if (budgetWarning !== undefined) report.at(key).warning(budgetWarning);
  const queueWarning = warnOfQueue(config);
  if (queueWarning !== undefined) report.at("mode").warning(queueWarning);
  return { route, config };
}

function readTarget(
  table: OpenTable,
  key: "url" | "fallback",
  route: Route | undefined,
  report: Report,
): Target | undefined {
  const typed = table.required(key, textFor("the https URL that webhooks are sent to"));
  if (typed === undefined) return undefined;
  const star = route === undefined ? "allowed" : route.kind === "prefix" ? "required" : "forbidden";
  const parsed = parseTarget(typed, { star, budgetMs: defaults.budgetMs });
  for (const problem of parsed.problems) report.problem(problem);
  for (const warning of parsed.warnings) report.warning(warning);
  return parsed.target;
}

function readPublicUrl(table: OpenTable, report: Report): PublicUrl | undefined {
  const typed = table.optional("public_url", text, undefined);
  const publicUrl = typed === undefined ? undefined : parsePublicUrl(typed);
  if (typed !== undefined && publicUrl === undefined) {
    report.problem(
      `expected scheme, host and port only, such as https://hooks.example.com, found ${showUrl(typed)}`,
    );
  }
  return publicUrl;
}

function readAccounts(
  value: unknown,
  { hasKeyFor }: Surroundings,
  report: Report,
): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) {
    report.problem(
      `expected a list of AccountSids, found ${Array.isArray(value) ? "an empty one" : show(value)}`,
    );
    return undefined;
  }
  const accounts = new Set<string>();
  for (const [index, accountSid] of value.entries()) {
    if (typeof accountSid !== "string" || !/^AC[\da-f]{32}$/.test(accountSid)) {
      // Not shown: an auth token is 32 hexadecimal digits as well, and easily mistaken.
      report
        .at(`${index}`)
        .problem("expected AC and 32 lower-case hexadecimal digits, found something else");
      continue;
    }
    if (!hasKeyFor(accountSid)) {
      report
        .at(`${index}`)
        .absentSecret(
          `expected an auth token for ${accountSid}, found neither TWILIO_AUTH_TOKEN_${accountSid} nor TWILIO_AUTH_TOKEN`,
        );
    }
    accounts.add(accountSid);
  }
  return accounts;
}

function readLog(table: OpenTable, report: Report): LogConfig {
  const entries = table.optional("log", tableShape, {});
  const inLog = openTable(entries, ["keep", "bodies", "mask", "unmask"], report);
  return {
    keep: inLog.optional("keep", oneOf("all", "failures", "none"), defaults.log.keep),
    bodies: inLog.optional("bodies", trueOrFalse, defaults.log.bodies),
    mask: inLog.optional("mask", parameterNames, defaults.log.mask),
    unmask: inLog.optional("unmask", parameterNames, defaults.log.unmask),
  };
}
