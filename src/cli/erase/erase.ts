import { err, ok, type Result } from "../../shared/result.ts";
import { maskValue } from "../../log/mask.ts";
import type { Io } from "../io.ts";
import type { LogFailure } from "../log/answer.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { takeNumber } from "../log/number.ts";
import { readPage } from "../log/row.ts";
import { findLogServer, type LogServer } from "../log/server.ts";
import { oneLine } from "../printable.ts";
import { askYesNo } from "../prompt.ts";
import { wrongUse } from "../wrong-use.ts";
import { type Erased, erasedText, readErased } from "./erased.ts";

/** What `hookswitch erase` was told on the command line. */
export interface EraseOptions {
  readonly sid?: string;
  readonly account?: string;
  /** Whether a number is taken from a prompt or standard input. */
  readonly number?: boolean;
  readonly yes?: boolean;
  readonly url?: string;
  readonly json?: boolean;
}

/** What is taken out, as the API wants it. */
type Wanted = readonly [name: "sid" | "account" | "number", value: string];

/** Of the count that is shown before: one page. */
const MOST_COUNTED = 200;

/**
 * Takes everything about a sid, an account or a number out of the log, after asking.
 *
 * @returns The exit code: 0 when nothing of it is left, 1 when something is, or could not be erased, or the
 *   answer was no, 2 when it could not be done as asked.
 */
export async function erase(options: EraseOptions, io: Io): Promise<number> {
  const chosen = chosenNames(options);
  if (chosen.length !== 1) {
    return wrongUse("expected one of --sid, --account and --number: what is to be erased", io);
  }
  const isJson = options.json ?? false;
  const isSure = options.yes ?? false;
  if (!isSure && !io.isInteractive) {
    return wrongUse("nobody can be asked whether to erase it: say so with --yes", io);
  }
  const server = await findLogServer(options.url, io, "administering");
  if (!server.ok) return wrongUse(server.error, io);
  const wanted = await takeWanted(options, io);
  if (!wanted.ok) return wrongUse(wanted.error, io);

  const subject = subjectOf(wanted.value);
  const failed = (failure: LogFailure): number => {
    io.err(`error: ${failureLine(failure, { ...server.value, subject })}`);
    return 1;
  };
  if (!isSure) {
    const counted = await count(wanted.value, server.value);
    if (!counted.ok) return failed(counted.error);
    const many = `${counted.value}${counted.value >= MOST_COUNTED ? " or more" : ""}`;
    const question = `Erase all about ${subject} (${many} in the log)? It cannot be undone.`;
    if ((await askYesNo(question, io)) !== true) {
      io.err("nothing was erased");
      return 1;
    }
  }
  const erased = await eraseAll(wanted.value, server.value, (sofar) => {
    if (!isJson) io.err(`${sofar.erased} erased so far`);
  });
  if (!erased.ok) return failed(erased.error);
  io.out(isJson ? JSON.stringify(asJson(erased.value)) : erasedText(erased.value, subject));
  const { underWay, kvLeft, isComplete } = erased.value;
  return isComplete && underWay === 0 && kvLeft === 0 ? 0 : 1;
}

function chosenNames({ sid, account, number }: EraseOptions): readonly unknown[] {
  return [sid, account, number].filter((each) => each !== undefined);
}

async function takeWanted(options: EraseOptions, io: Io): Promise<Result<Wanted, string>> {
  const { sid, account } = options;
  if (sid !== undefined) return ok(["sid", sid]);
  if (account !== undefined) return ok(["account", account]);
  const number = await takeNumber("Number or address to erase:", io);
  return number === undefined
    ? err("--number: expected a number on standard input or at the prompt, found none")
    : ok(["number", number]);
}

/** A number only masked: terminals and scripts keep what they show. */
function subjectOf([name, value]: Wanted): string {
  return oneLine(name === "number" ? `number ${maskValue(value)}` : `${name} ${value}`);
}

/** How many there are in the log, as far as one page of each side shows. */
async function count(
  [name, value]: Wanted,
  server: LogServer,
): Promise<Result<number, LogFailure>> {
  const ids = new Set<string>();
  for (const filter of name === "number" ? ["from", "to"] : [name]) {
    const body = { [filter]: value, limit: MOST_COUNTED };
    const request = { method: "POST", path: "/search", body, isReading: true } as const;
    const page = await askLog(server, { ...request, read: readPage });
    if (!page.ok) return page;
    for (const { id } of page.value.rows) ids.add(id);
  }
  return ok(ids.size);
}

/** Some hundreds at a time, until nothing is left but what is under way. */
async function eraseAll(
  [name, value]: Wanted,
  server: LogServer,
  tell: (sofar: Erased) => void,
): Promise<Result<Erased, LogFailure>> {
  let sofar: Erased = { erased: 0, underWay: 0, isComplete: false, kvLeft: 0 };
  for (;;) {
    const step = await askLog(server, {
      method: "POST",
      path: "/erase",
      body: { [name]: value },
      read: readErased,
    });
    if (!step.ok) return step;
    sofar = {
      ...step.value,
      erased: sofar.erased + step.value.erased,
      kvLeft: sofar.kvLeft + step.value.kvLeft,
    };
    // What does not get less is not asked for ever.
    if (sofar.isComplete || step.value.erased === 0) return ok(sofar);
    tell(sofar);
  }
}

/** As the API spells it. */
function asJson({ erased, underWay, isComplete, kvLeft }: Erased): Record<string, unknown> {
  return { erased, under_way: underWay, complete: isComplete, kv_left: kvLeft };
}
