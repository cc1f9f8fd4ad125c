import { env } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import { webhooksIn } from "../../src/ledger/tally.ts";

const NOON = Date.UTC(2036, 10, 24, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WINDOW = 5 * MINUTE;

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const ledger = () => env.LEDGER.getByName("0");

/** One webhook that was answered, now. */
function settled(): Promise<void> {
  const receivedAtMs = Date.now();
  return ledger().settle([
    {
      deliveryId: newDeliveryId({ receivedAtMs, shard: 0, random: Math.random }),
      claim: undefined,
      record: undefined,
      breaker: undefined,
      counted: { origin: "sms", outcome: "answered", totalMs: 40, originMs: 30 },
    },
  ]);
}

test("measure() counts the window's minutes and says how long ago Twilio was heard", async () => {
  const measured = async (afterMs: number): Promise<unknown> => {
    vi.setSystemTime(NOON + afterMs);
    const { tally, quietMs } = await ledger().measure(WINDOW);
    return [webhooksIn(tally), quietMs];
  };
  expect(await measured(0)).toEqual([0, null]);
  await settled();
  expect(await measured(0)).toEqual([1, 0]);
  expect(await measured(MINUTE)).toEqual([1, 0]);
  expect(await measured(3 * MINUTE + SECOND)).toEqual([1, 2 * MINUTE + SECOND]);
  // The window begins at the full minute that it falls into.
  expect(await measured(WINDOW + MINUTE - 1)).toEqual([1, WINDOW - 1]);
  expect(await measured(WINDOW + MINUTE)).toEqual([0, null]);
});

test("alert() gives nothing, and remembers nothing, where nobody is told", async () => {
  expect(await ledger().alert({ windowMs: WINDOW, others: [] })).toEqual([]);
  await ledger().settleAlerts({ takenIds: [], results: [] });
});
