import { parseTwiml } from "../check/xml.ts";
import { defaults } from "./defaults.ts";
import type { Report } from "./report.ts";
import { type OpenTable, text } from "./shapes.ts";
import { parseTarget } from "./target.ts";
import type { Fallback, Route, Target } from "./types.ts";

/** Twilio takes 64 kB of TwiML. */
const MAX_TWIML_BYTES = 64 * 1024;
/** The least an origin's budget must be once the fallback's time is kept back, ms. */
const LEAST_ORIGIN_MS = 500;

/**
 * Reads `fallback` and `fallback_twiml`. Where both are set the URL is asked first.
 *
 * @param origin.route Says whether `*` is allowed; `undefined` when it could not be read.
 * @param origin.target Has the budget that the fallback's time comes out of; `undefined` likewise.
 * @param report The origin's.
 */
export function parseFallback(
  table: OpenTable,
  origin: { readonly route: Route | undefined; readonly target: Target | undefined },
  report: Report,
): Fallback {
  const twiml = readTwiml(table, report.at("fallback_twiml"));
  const target = readUrl(table, origin, report.at("fallback"));
  if (target !== undefined) return { kind: "url", target, twiml };
  return twiml === undefined ? { kind: "none" } : { kind: "twiml", twiml };
}

/** Reads `fallback_twiml`. */
export function readTwiml(table: OpenTable, report: Report): string | undefined {
  const twiml = table.optional("fallback_twiml", text, undefined);
  if (twiml === undefined) return undefined;
  const bytes = new TextEncoder().encode(twiml).length;
  if (bytes > MAX_TWIML_BYTES) {
    report.problem(`expected at most ${MAX_TWIML_BYTES} bytes of TwiML, found ${bytes}`);
    return twiml;
  }
  const parsed = parseTwiml(twiml);
  if (!parsed.ok) {
    report.problem(`expected TwiML, found something else: ${parsed.error.detail}`);
  }
  return twiml;
}

function readUrl(
  table: OpenTable,
  origin: { readonly route: Route | undefined; readonly target: Target | undefined },
  report: Report,
): Target | undefined {
  const typed = table.optional("fallback", text, undefined);
  if (typed === undefined) return undefined;
  const star = origin.route?.kind === "exact" ? "forbidden" : "allowed";
  const { target, problems, warnings } = parseTarget(typed, {
    star,
    budgetMs: defaults.fallbackBudgetMs,
  });
  for (const problem of problems) report.problem(problem);
  for (const warning of warnings) report.warning(warning);
  if (target === undefined || origin.target === undefined) return target;
  const budgetMs = origin.target.overrides.budgetMs;
  const keptBackMs = target.overrides.budgetMs;
  if (budgetMs - keptBackMs < LEAST_ORIGIN_MS) {
    report.problem(
      `expected the fallback's tt to leave the origin ${LEAST_ORIGIN_MS} ms or more, found ${keptBackMs} ms kept back from the origin's ${budgetMs} ms`,
    );
  }
  return target;
}
