import { isTable } from "../shared/table.ts";
import { defaults } from "./defaults.ts";
import type { Report } from "./report.ts";
import {
  oneOf,
  openTable,
  type OpenTable,
  type Shape,
  table as tableShape,
  wholeNumber,
} from "./shapes.ts";
import type { OriginConfig, QueueConfig } from "./types.ts";

const KEYS = ["retry", "limit", "ack"] as const;
const DAY_SECONDS = 86_400;
/** Cloudflare opens no more connections at once out of one object. */
const MAX_CONCURRENCY = 6;

const waits: Shape<readonly number[]> = {
  expected: `a list of 1 to 50 waits in whole seconds, each from 1 to ${DAY_SECONDS}`,
  accepts: (value): value is readonly number[] =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= 50 &&
    value.every(wholeNumber(1, DAY_SECONDS).accepts),
};

/**
 * Reads what belongs to queue mode: `retry`, `limit` and `ack`.
 *
 * @param isQueue Whether `mode` says queue; without it each of the three is a problem.
 * @param logDays Days that the log is kept for: a webhook is not to be dropped while it is still tried.
 * @returns `undefined` in respond mode.
 */
export function parseQueue(
  table: OpenTable,
  isQueue: boolean,
  logDays: number,
  report: Report,
): QueueConfig | undefined {
  const retry = openTable(
    table.optional("retry", tableShape, {}),
    ["schedule", "hours"],
    report.at("retry"),
  );
  const limit = openTable(
    table.optional("limit", tableShape, {}),
    ["concurrency"],
    report.at("limit"),
  );
  const queue: QueueConfig = {
    retry: {
      schedule: retry.optional("schedule", waits, defaults.queue.schedule),
      hours: retry.optional(
        "hours",
        wholeNumber(1, (logDays - 1) * 24, "hours, which end before LOG_DAYS do"),
        Math.min(defaults.queue.hours, (logDays - 1) * 24),
      ),
    },
    concurrency: limit.optional(
      "concurrency",
      wholeNumber(1, MAX_CONCURRENCY),
      defaults.queue.concurrency,
    ),
    ack: table.optional("ack", oneOf("empty", "204", "twiml"), defaults.queue.ack),
  };
  return isQueue ? queue : undefined;
}

/** Reports what is written for queue mode where the mode is another one. */
export function refuseQueueKeys(entries: Readonly<Record<string, unknown>>, report: Report): void {
  for (const key of KEYS.filter((each) => entries[each] !== undefined)) {
    report.at(key).problem(`expected no ${key}, found one: it belongs to mode = "queue"`);
  }
}

/**
 * Reports what goes with an answer of the origin's and so not with queue mode, where Twilio has its answer
 * before the origin is asked.
 */
export function refuseAnswers(entries: Readonly<Record<string, unknown>>, report: Report): void {
  for (const key of ["fallback", "fallback_twiml"].filter((each) => entries[each] !== undefined)) {
    report
      .at(key)
      .problem(`expected no ${key}, found one: in queue mode Twilio has its answer already`);
  }
  const { dedupe, answer } = entries;
  if (isTable(dedupe) && dedupe["store"] === "kv") {
    report.at("dedupe.store").problem('expected "ledger", which holds the queue, found "kv"');
  }
  if (answer === "twiml") {
    report
      .at("answer")
      .problem('expected "any" or "auto", found "twiml": nobody reads TwiML of a queued webhook');
  }
}

/** What looks as if a caller waits for TwiML there. */
const WANTS_TWIML = /voice|call|sms|message|incoming|inbound|twiml|ivr|gather/;
const INFORMS = /status|callback|event|record|debug|usage|error/;

/**
 * Tells when a queued origin seems to be one that Twilio wants TwiML of: a caller would hear nothing. By
 * words in its name and path, so a hint only.
 */
export function warnOfQueue({
  name,
  route,
  queue,
}: Pick<OriginConfig, "name" | "route" | "queue">): string | undefined {
  const words = `${name} ${route.typedPath}`.toLowerCase();
  if (queue === undefined || !WANTS_TWIML.test(words) || INFORMS.test(words)) return undefined;
  return 'by its name this is asked for TwiML, and a queued webhook is answered before the application is asked: a caller would hear nothing; take mode = "respond"';
}
