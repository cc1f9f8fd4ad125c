import type { LogLine } from "../src/log/log-line.ts";

/** Something the Worker has written to its console. */
export interface RuntimeLog {
  /** Epoch ms. */
  readonly timestamp: number;
  readonly level: string;
  readonly message: string;
}

/** A webhook's line of JSON as columns for the eye; anything else as it is. */
export function printable({ timestamp, message }: RuntimeLog): string {
  const line = webhookLine(message);
  if (line === undefined) return message;
  const time = new Date(timestamp).toTimeString().slice(0, 8);
  const { status, outcome, origin, method, path, durationMs, attempts } = line;
  const columns = [
    `${time}  ${status} ${outcome.padEnd(9)}`,
    (origin ?? "-").padEnd(7),
    `${method} ${path}`.padEnd(16),
    `${durationMs} ms`.padStart(8),
    attempts === 1 ? "1 attempt " : `${attempts} attempts`,
    [line.reason, line.errorCode].filter((part) => part !== undefined).join(" "),
    line.dedupe === undefined || line.dedupe === "off" ? "" : `dedupe: ${line.dedupe}`,
    line.deliveryId ?? "",
  ];
  return columns.filter((column) => column !== "").join("  ");
}

function webhookLine(message: string): LogLine | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(message);
    return isLogLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLogLine(value: unknown): value is LogLine {
  return typeof value === "object" && value !== null && "outcome" in value && "durationMs" in value;
}
