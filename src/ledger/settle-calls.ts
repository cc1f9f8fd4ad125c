import type { Settlement } from "./protocol.ts";

/** What one call may carry, bytes of bodies and answers: the platform's limit is 32 MiB, all told. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;

/** Divides settlements into calls that the platform carries, their order kept. */
export function inCalls(settlements: readonly Settlement[]): readonly (readonly Settlement[])[] {
  const calls: Settlement[][] = [];
  let leftBytes = 0;
  for (const settlement of settlements) {
    const bytes = bytesOf(settlement);
    const call = calls.at(-1);
    if (call === undefined || bytes > leftBytes) {
      calls.push([settlement]);
      leftBytes = MAX_CALL_BYTES - bytes;
    } else {
      call.push(settlement);
      leftBytes -= bytes;
    }
  }
  return calls;
}

function bytesOf(settlement: Settlement): number {
  if ("lease" in settlement) {
    const { end } = settlement;
    return end.kind === "waits" ? 0 : (end.request.body?.byteLength ?? 0);
  }
  const { claim, record } = settlement;
  const bodies = [claim?.answer.body, record?.answer?.body, record?.request.body];
  return bodies.reduce((sum, body) => sum + (body?.byteLength ?? 0), 0);
}
