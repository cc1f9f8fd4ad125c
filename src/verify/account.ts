import type { Parameters } from "../receive/webhook.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { VerifyFailure } from "./verified-webhook.ts";

/** Also `AccountSid[]` and `AccountSid[0]`, which some form parsers read as `AccountSid`. */
const NAMES_ACCOUNT = /^AccountSid(\[.*)?$/;

/**
 * Finds the account that a webhook speaks of: it decides which keys are tried.
 *
 * It is named in the query, in the form, or in each object of a JSON body, and all of these must
 * agree. Otherwise whoever holds one subaccount's token could sign what an application then reads
 * as another one's.
 *
 * @param input.query Decoded; like the others chosen by whoever sent it.
 * @param input.form Decoded; empty when the body is not a form.
 * @param input.json A body that may be JSON; one that is not names no account.
 * @returns `undefined` when it names none; an empty value is none.
 */
export function readAccountSid(input: {
  readonly query: Parameters;
  readonly form: Parameters;
  readonly json: Uint8Array | undefined;
}): Result<string | undefined, VerifyFailure> {
  const inParameters = [...input.query, ...input.form].filter(([name]) => NAMES_ACCOUNT.test(name));
  const named = new Set([
    ...inParameters.map(([, value]) => value),
    ...(input.json === undefined ? [] : inJson(input.json)),
  ]);
  named.delete("");
  if (named.size > 1) return err({ reason: "account_ambiguous" });
  const [accountSid] = named;
  return ok(accountSid);
}

/** Event Streams sends an array of events, other products one object. */
function inJson(body: Uint8Array): readonly string[] {
  const json = parseJson(body);
  const named: unknown[] = [];
  for (const object of Array.isArray(json) ? json : [json]) {
    if (!isObject(object)) continue;
    for (const level of [object, object["data"]]) {
      if (isObject(level))
        named.push(level["AccountSid"], level["accountSid"], level["account_sid"]);
    }
  }
  return named.filter((value) => typeof value === "string");
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
