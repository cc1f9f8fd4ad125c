import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { err, ok, type Result } from "../../shared/result.ts";
import type { Io } from "../io.ts";

/** Twice the largest body that Hookswitch takes. */
const MAX_CHARACTERS = 2 * 1024 * 1024;

/**
 * Reads a pasted request from a file, or from standard input: on a terminal until Ctrl-D.
 *
 * @param file As typed; `undefined` or `-` for standard input.
 * @returns One sentence when there is none to read.
 */
export async function readPasted(
  file: string | undefined,
  io: Pick<Io, "cwd" | "err" | "isInteractive">,
): Promise<Result<string, string>> {
  const isPiped = file === undefined || file === "-";
  if (isPiped && io.isInteractive) io.err("Paste the refused request, then press Ctrl-D:");
  try {
    const read = isPiped
      ? await text(process.stdin)
      : await readFile(resolve(io.cwd, file), "utf8");
    if (read.length > MAX_CHARACTERS) return err("expected one request, 2 MB at most");
    if (read.trim() !== "") return ok(read);
    return err(
      `nothing to explain in ${isPiped ? "standard input" : file}: give a delivery's id, or paste a request (--help shows how)`,
    );
  } catch (error) {
    return err(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
