import { isDeliveryId } from "../../ledger/delivery-id.ts";
import type { Io } from "../io.ts";
import { wrongUse } from "../wrong-use.ts";
import { askLog } from "./client.ts";
import { readDelivery } from "./delivery.ts";
import { deliveryText } from "./delivery-text.ts";
import { failureLine } from "./failure.ts";
import { findLogServer } from "./server.ts";

/** What `hookswitch show` was told on the command line. */
export interface ShowOptions {
  readonly unmask?: boolean;
  readonly url?: string;
  readonly json?: boolean;
}

/**
 * Shows one delivery whole.
 *
 * @returns The exit code: 0, 1 when it is not in the log or the log could not be read, 2 when it could not
 *   be done as asked.
 */
export async function showDelivery(id: string, options: ShowOptions, io: Io): Promise<number> {
  if (!isDeliveryId(id)) {
    return wrongUse(
      "expected a delivery's id, 26 characters such as 01M85R4ERE00HACPH6B0CBCHVE",
      io,
    );
  }
  const isUnmasked = options.unmask ?? false;
  const server = await findLogServer(options.url, io, isUnmasked ? "administering" : "reading");
  if (!server.ok) return wrongUse(server.error, io);
  const shown = await askLog(server.value, {
    method: "GET",
    path: `/deliveries/${id}${isUnmasked ? "?unmask=1" : ""}`,
    read: readDelivery,
  });
  if (!shown.ok) {
    io.err(`error: ${failureLine(shown.error, { ...server.value, subject: `delivery ${id}` })}`);
    return 1;
  }
  io.out(
    options.json
      ? JSON.stringify(shown.value.row.answer, undefined, 2)
      : deliveryText(shown.value, `${server.value.baseUrl}/_log/d/${id}`, io.style),
  );
  return 0;
}
