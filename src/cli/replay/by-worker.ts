import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import type { ReplayChoice } from "./choice.ts";
import { readReplayed, replayedLine } from "./replayed.ts";

/**
 * Has the Worker send one delivery again, to the origin that is configured for it.
 *
 * @returns The exit code: 0 when it was delivered, 1 when not.
 */
export async function replayByWorker(
  { deliveryId, hasNewToken }: Extract<ReplayChoice, { kind: "one" }>,
  server: LogServer,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const replayed = await askLog(server, {
    method: "POST",
    path: `/deliveries/${deliveryId}/replay${hasNewToken ? "?new_token=1" : ""}`,
    read: readReplayed,
  });
  if (!replayed.ok) {
    const subject = `delivery ${deliveryId}`;
    io.err(`error: ${failureLine(replayed.error, { ...server, subject })}`);
    return 1;
  }
  const { answer, isDelivered } = replayed.value;
  io.out(isJson ? JSON.stringify(answer) : replayedLine(replayed.value, io.style));
  return isDelivered ? 0 : 1;
}
