import { isTable } from "../shared/table.ts";
import { defaults } from "./defaults.ts";
import type { Report } from "./report.ts";
import { oneOf, openTable, parameterNames, wholeNumber } from "./shapes.ts";
import { listOr, show } from "./show.ts";
import type { DedupeConfig } from "./types.ts";

/** Whether answers may be kept in KV; if not, why not. Queue mode has none to keep: all are the acknowledgement. */
export type KvUse = "bound" | "not_bound" | "ruled_out" | "not_needed";

/** Parameters that several different webhooks share: each alone would swallow all but the first. */
const shared = ["MessageSid", "SmsSid", "SmsMessageSid", "CallSid", "AccountSid"];

/**
 * Reads `dedupe`: `false`, or a table with `ttl`, `store` and `params`.
 *
 * @param kv Decides the default of `store`, and whether one with KV can be had.
 * @param report That of `dedupe`.
 * @returns `undefined` when it is switched off.
 */
export function parseDedupe(value: unknown, kv: KvUse, report: Report): DedupeConfig | undefined {
  if (value === false) return undefined;
  if (value !== undefined && !isTable(value)) {
    report.problem(`expected false or a table, found ${show(value)}`);
  }
  const table = openTable(isTable(value) ? value : {}, ["ttl", "store", "params"], report);
  const ttlSeconds = table.optional(
    "ttl",
    wholeNumber(60, 86_400, "seconds"),
    defaults.dedupeTtlSeconds,
  );
  const store = table.optional(
    "store",
    oneOf("ledger+kv", "ledger", "kv"),
    kv === "bound" ? "ledger+kv" : "ledger",
  );
  const params = table.optional("params", parameterNames, []);
  if (store !== "ledger" && kv === "not_bound") {
    report
      .at("store")
      .problem(`expected "ledger", since no KV namespace is bound as ANSWERS, found "${store}"`);
  }
  if (store !== "ledger" && kv === "ruled_out") {
    report
      .at("store")
      .problem(`expected "ledger", since LEDGER_JURISDICTION rules KV out, found "${store}"`);
  }
  if (store === "ledger+kv" && kv === "not_needed") {
    report
      .at("store")
      .warning("no effect in queue mode, where the ledger holds all that is needed: leave it out");
  }
  if (params.length > 0 && params.every((name) => shared.includes(name))) {
    report
      .at("params")
      .problem(
        `expected more than ${listOr(params)}, which every webhook of one message or call carries`,
      );
  }
  return { ttlSeconds, store: kv === "not_needed" ? "ledger" : store, params };
}
