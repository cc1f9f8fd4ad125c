import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { findLogServer } from "../log/server.ts";
import { oneLine } from "../printable.ts";
import type { ExplainOptions } from "./explain.ts";
import { readExplanation } from "./read-explanation.ts";
import { exitCodeOf, printExplanation } from "./text.ts";

/**
 * Has the Worker explain a delivery of its log, by its own keys and configuration.
 *
 * @returns The exit code.
 */
export async function explainByWorker(
  id: string,
  { url, given, json: isJson = false }: ExplainOptions,
  io: Io,
): Promise<number> {
  const server = await findLogServer(url, io, "reading");
  if (!server.ok) {
    io.err(`error: ${server.error}`);
    return 2;
  }
  const explained = await askLog(server.value, {
    method: "POST",
    path: `/deliveries/${id}/explain`,
    isReading: true,
    ...(given === undefined ? {} : { body: { urls: given } }),
    read: readExplanation,
  });
  if (!explained.ok) {
    const { error } = explained;
    const isConflict = error.reason === "refused" && error.status === 409;
    const line = isConflict
      ? `delivery ${id}: ${oneLine(error.message)}`
      : failureLine(error, { ...server.value, subject: `delivery ${id}` });
    io.err(`error: ${line}`);
    return 1;
  }
  printExplanation(explained.value, { id }, isJson, io);
  return exitCodeOf(explained.value);
}
