import type { AlertLedger, Clock } from "../shared/ports.ts";
import { within } from "../shared/within.ts";
import type { Stub } from "./client.edge.ts";
import type { LedgerCalls } from "./protocol.ts";

/** How long an object may take, ms. */
const PATIENCE_MS = 5_000;
/** Before it is asked again, ms: a deploy resets an object, and it is back in seconds. */
const RETRIES_MS = [2_000, 8_000];

/** The ledger as alerts use it: a call to each object, and one more where something was sent. */
export function alertLedger(stub: Stub, shards: number, clock: Clock): AlertLedger {
  return {
    run: async (windowMs) => {
      const numbers = Array.from({ length: shards - 1 }, (_, n) => n + 1);
      const others = await Promise.all(
        numbers.map(async (shard) => (await ask(shard, (own) => own.measure(windowMs))) ?? null),
      );
      return ask(0, (own) => own.alert({ windowMs, others }));
    },
    settle: async (settlement) => {
      await ask(0, async (own) => {
        await own.settleAlerts(settlement);
        return true;
      });
    },
  };

  async function ask<T>(
    shard: number,
    call: (own: LedgerCalls) => Promise<T>,
  ): Promise<T | undefined> {
    for (const retryMs of [...RETRIES_MS, undefined]) {
      // A stub of its own each time: those of an object that was reset fail for ever.
      const called = (async () => call(stub(shard)))().catch(() => undefined);
      const answer = await within(called, PATIENCE_MS, clock);
      if (answer !== undefined || retryMs === undefined) return answer;
      await clock.sleep(retryMs);
    }
    return undefined;
  }
}
