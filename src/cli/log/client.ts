import { err, type Result } from "../../shared/result.ts";
import type { Table } from "../../shared/table.ts";
import { connectionFailure } from "../exchange.ts";
import { type LogFailure, readLogAnswer } from "./answer.ts";
import type { LogServer } from "./server.ts";

/** A request to the log's API. */
export interface LogRequest<T> {
  /** A GET changes nothing. */
  readonly method: "GET" | "POST";
  /** Below `/_log`, with its query. */
  readonly path: string;
  /** Sent as JSON; of a POST. */
  readonly body?: unknown;
  /** Whether it is a POST that changes nothing. */
  readonly isReading?: boolean;
  /** A status above 299 that is no failure: health has one. */
  readonly alsoGood?: number;
  /** Makes of a good answer what is wanted, `undefined` where it has another form. */
  readonly read: (answer: Table) => T | undefined;
  /** Breaks it off. */
  readonly signal?: AbortSignal;
}

/** An attempt at an origin takes 15 s at most, and the ledger is asked before and after it. */
const TIMEOUT_MS = 30_000;

/** Asks the log's API. Redirects are not followed: they could lead the token elsewhere. Never rejects. */
export async function askLog<T>(
  { baseUrl, token }: Pick<LogServer, "baseUrl" | "token">,
  { method, path, body, isReading = method === "GET", alsoGood, read, signal }: LogRequest<T>,
): Promise<Result<T, LogFailure>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(`${baseUrl}/_log${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
      redirect: "manual",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const contentType = headers.get("content-type") ?? "";
    return readLogAnswer({ status, contentType, text: await response.text() }, read, alsoGood);
  } catch (error) {
    if (timeout.aborted)
      return err(unanswered(isReading, `no answer within ${TIMEOUT_MS / 1000} s`));
    if (signal?.aborted === true) return err(unanswered(isReading, "it was broken off here"));
    const { message, mayHaveArrived } = connectionFailure(error);
    return err(unanswered(isReading || !mayHaveArrived, message));
  }
}

function unanswered(isWithoutEffect: boolean, detail: string): LogFailure {
  return { reason: isWithoutEffect ? "unreachable" : "unfinished", detail };
}
