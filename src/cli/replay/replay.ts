import type { Io } from "../io.ts";
import { wrongUse } from "../wrong-use.ts";
import { findLogServer } from "../log/server.ts";
import { replayByWorker } from "./by-worker.ts";
import { chooseReplay, type ReplayOptions } from "./choice.ts";
import { replayLocally } from "./locally.ts";
import { replayMany } from "./many.ts";
import { resumePlan } from "./resume.ts";

/**
 * Sends again what is in the log.
 *
 * @param id Of a delivery, as typed; `undefined` without one.
 * @returns The exit code: 0 when all was delivered, 1 when something was not, 2 when it could not be
 *   done as asked.
 */
export async function replay(
  id: string | undefined,
  options: ReplayOptions,
  io: Io,
): Promise<number> {
  const choice = chooseReplay(id, options);
  if (!choice.ok) return wrongUse(choice.error, io);
  const server = await findLogServer(options.url, io, "administering");
  if (!server.ok) return wrongUse(server.error, io);
  const isJson = options.json ?? false;
  switch (choice.value.kind) {
    case "one":
      return replayByWorker(choice.value, server.value, isJson, io);
    case "local":
      return replayLocally(choice.value, server.value, isJson, io);
    case "many":
      return replayMany(choice.value, server.value, isJson, io);
    case "resume":
      return resumePlan(choice.value, server.value, isJson, io);
  }
}
