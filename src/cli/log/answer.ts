import { err, ok, type Result } from "../../shared/result.ts";
import { isTable, type Table } from "../../shared/table.ts";
import { textOf } from "../read-table.ts";

/** Why the log's API had nothing to go on with. */
export type LogFailure =
  /** Nothing came of it: no connection, or what was asked changes nothing. */
  | { readonly reason: "unreachable"; readonly detail: string }
  /** It was asked to do something and did not answer: done or not is unknown. */
  | { readonly reason: "unfinished"; readonly detail: string }
  /** Somebody else answered, or a page of an error. */
  | { readonly reason: "no_json"; readonly status: number; readonly contentType: string }
  /** JSON, but not what this version of the command knows. */
  | { readonly reason: "unknown_form"; readonly status: number }
  /** `{ "error": { "code", "message" } }`, in the API's words. */
  | {
      readonly reason: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
    };

/** An answer as it came over the wire; anybody may have given it. */
export interface RawAnswer {
  readonly status: number;
  /** `""` when there is none. */
  readonly contentType: string;
  readonly text: string;
}

/**
 * Reads an answer of the log's API.
 *
 * @param read Makes of a good answer what is wanted, `undefined` where it has another form.
 * @param alsoGood A status above 299 that is no failure.
 */
export function readLogAnswer<T>(
  { status, contentType, text }: RawAnswer,
  read: (answer: Table) => T | undefined,
  alsoGood?: number,
): Result<T, LogFailure> {
  const answer = parsed(text);
  if (answer === undefined) return err({ reason: "no_json", status, contentType });
  const { error } = answer;
  if (isTable(error) && typeof error["code"] === "string") {
    const { code, message } = error;
    return err({ reason: "refused", status, code, message: textOf(message) ?? "" });
  }
  const isGood = (status >= 200 && status < 300) || status === alsoGood;
  const value = isGood ? read(answer) : undefined;
  return value === undefined ? err({ reason: "unknown_form", status }) : ok(value);
}

function parsed(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
