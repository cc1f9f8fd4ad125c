import { isDeliveryId } from "../../ledger/delivery-id.ts";
import type { Io } from "../io.ts";
import type { ConfigChoice } from "../read-config.ts";
import { explainByWorker } from "./by-worker.ts";
import { explainLocally } from "./locally.ts";
import { parsePasted } from "./pasted.ts";
import { readPasted } from "./read-pasted.ts";

/** What `hookswitch explain` was told on the command line. */
export interface ExplainOptions extends ConfigChoice {
  readonly file?: string;
  /** At most eight. */
  readonly given?: readonly string[];
  readonly scheme: string;
  readonly url?: string;
  readonly json?: boolean;
}

/**
 * Explains why a webhook was refused: one of the log, by the Worker; one that is pasted, here.
 *
 * @param id Of a delivery, as typed; `undefined` for what is pasted.
 * @returns The exit code: 0 when it is explained, 1 when it is not, 2 when it could not be done as asked.
 */
export async function explain(
  id: string | undefined,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  if (id !== undefined) {
    if (options.file !== undefined)
      return wrongUse("--file does not go with an id: it is one or the other", io);
    if (!isDeliveryId(id)) {
      const wanted = "a delivery's id, 26 characters such as 01M85R4ERE00HACPH6B0CBCHVE";
      return wrongUse(`expected ${wanted}; a pasted request goes in with --file or by a pipe`, io);
    }
    return explainByWorker(id, options, io);
  }
  if (options.url !== undefined) {
    return wrongUse("--url goes with a delivery's id; a URL of Twilio's goes with --given", io);
  }
  const text = await readPasted(options.file, io);
  if (!text.ok) return wrongUse(text.error, io);
  const pasted = parsePasted(text.value, options.scheme);
  if (!pasted.ok) return wrongUse(pasted.error, io);
  // Standard input is read to its end: nobody can be asked for a token there.
  const isFile = options.file !== undefined && options.file !== "-";
  return explainLocally(pasted.value, options, isFile ? io : { ...io, isInteractive: false });
}

function wrongUse(message: string, io: Io): number {
  io.err(`error: ${message}`);
  return 2;
}
