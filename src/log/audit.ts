import type { Audit } from "../ledger/protocol.ts";
import type { Ports } from "../shared/ports.ts";
import type { Caller } from "./access.ts";
import { json, problem, reachable } from "./json-answer.ts";
import { isoText } from "./present.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Writes down that an administrator is about to see, send again or erase something.
 * @param about Which: an id, or filters; nothing personal.
 * @returns The refusal, where it cannot be written: then it is not done either.
 */
export async function audit(
  action: Audit["action"],
  about: string,
  request: Request,
  { who }: Caller,
  { reader, clock }: Pick<Ports, "reader" | "clock">,
): Promise<Response | undefined> {
  const entry = {
    atMs: clock.now(),
    who,
    address: request.headers.get("cf-connecting-ip") ?? "",
    action,
    about: about.slice(0, 500),
  };
  const written = await reachable(reader.audit(entry).then(() => undefined));
  return written instanceof Response ? written : undefined;
}

/** `GET /_log/audits`: who has seen, sent again or erased what, newest first. */
export async function listAudits(
  request: Request,
  { reader }: Pick<Ports, "reader">,
): Promise<Response> {
  const limit = Number(new URL(request.url).searchParams.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return problem(400, "bad_query", `limit: expected a whole number from 1 to ${MAX_LIMIT}.`);
  const audits = await reachable(reader.audits(limit));
  if (audits instanceof Response) return audits;
  return json(200, {
    audits: audits.map(({ atMs, who, address, action, about }) => ({
      at: isoText(atMs),
      who,
      address: address === "" ? null : address,
      action,
      about,
    })),
  });
}
