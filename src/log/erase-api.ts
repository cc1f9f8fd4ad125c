import type { EraseRequest } from "../ledger/protocol.ts";
import type { Ports } from "../shared/ports.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable } from "../shared/table.ts";
import type { Caller } from "./access.ts";
import { json, problem, reachable } from "./json-answer.ts";
import { audit } from "./audit.ts";
import { maskValue } from "./mask.ts";

const MAX_BODY_BYTES = 4 * 1024;
/** Deliveries a call, over all shards: each may cost a call of KV, and a Worker has some 1,000 of them. */
const MAX_ERASED = 500;
const EXPECTED = 'a JSON object with one of "sid", "account", "number"';

/**
 * `POST /_log/erase`: takes everything about a sid, an account or a number out of the log. It says whether
 * that was all, and is asked again until it is.
 */
export async function eraseDeliveries(
  request: Request,
  caller: Caller,
  ports: Ports,
): Promise<Response> {
  const { reader, readBody, answers, recentAnswers } = ports;
  const read = await readBody(request, MAX_BODY_BYTES);
  if (!read.ok) return problem(413, "too_large", `Expected ${MAX_BODY_BYTES} bytes at most.`);
  const asked = parseErase(new TextDecoder().decode(read.value));
  if (!asked.ok) return problem(400, "bad_query", asked.error);
  const refused = await audit("erase", asked.value.about, request, caller, ports);
  if (refused !== undefined) return refused;
  const { wanted } = asked.value;
  const erased = await reachable(reader.erase({ wanted, limit: MAX_ERASED }));
  if (erased instanceof Response) return erased;
  const { claimKeys } = erased;
  for (const claimKey of claimKeys) recentAnswers.delete(claimKey);
  const deleted =
    answers === undefined
      ? []
      : await Promise.all(claimKeys.map((claimKey) => answers.delete(claimKey)));
  return json(200, {
    erased: erased.erased,
    under_way: erased.underWay,
    complete: erased.isComplete,
    // What could not be deleted goes when its `dedupe.ttl` is over.
    kv_left: deleted.filter((isDeleted) => !isDeleted).length,
  });
}

/**
 * Reads what is to be erased.
 * @param body JSON as sent, anybody's text.
 * @returns What finds it, and how the audit names it: a number only as it is masked.
 */
export function parseErase(
  body: string,
): Result<{ readonly wanted: EraseRequest["wanted"]; readonly about: string }, string> {
  const entries = parsed(body);
  const [first] = entries;
  if (first === undefined || entries.length > 1) return err(`expected ${EXPECTED}`);
  const [name, value] = first;
  if (typeof value !== "string" || value.trim() === "") return err(`expected ${EXPECTED}, a text`);
  switch (name) {
    case "sid":
      return ok({ wanted: [{ sid: value }], about: `sid=${value}` });
    case "account":
      return ok({ wanted: [{ account: value }], about: `account=${value}` });
    case "number":
      return ok({
        wanted: [{ from: value }, { to: value }],
        about: `number=${maskValue(value)}`,
      });
    default:
      return err(`unknown "${name.slice(0, 50)}": expected ${EXPECTED}`);
  }
}

function parsed(body: string): readonly (readonly [string, unknown])[] {
  try {
    const value: unknown = JSON.parse(body);
    return isTable(value) ? Object.entries(value) : [];
  } catch {
    return [];
  }
}
