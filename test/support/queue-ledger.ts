import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import type { DeliveryRecord } from "../../src/ledger/delivery.ts";
import type { AttemptEnd, EnqueueReply, LedgerCalls } from "../../src/ledger/protocol.ts";
import { encodeWebhook } from "../../src/queue/stored-webhook.ts";
import { deliveryRecord } from "./records.ts";
import { signed } from "./webhooks.ts";
import type { Script, Seen } from "./worker-origin.ts";

// Further away than any real alarm: those that are set here fire when a test says so.
export const NOON = Date.UTC(2036, 10, 24, 12);
export const LEASE_MS = 20_000;
export const SECOND = 1_000;

/** The ledger object of shard 0. */
export function stub() {
  return env.LEDGER.getByName("0");
}

export function ledger(): LedgerCalls {
  // oxlint-disable-next-line no-unsafe-type-assertion -- as in client.edge.ts: RPC types turn tuples into arrays
  return stub() as unknown as LedgerCalls;
}

/** What a host does from now on. */
export async function told(host: string, script: Partial<Script>): Promise<void> {
  const body = JSON.stringify({ status: 200, delayMs: 0, ...script });
  await fetch(`https://control.example.com/${host}.example.com`, { method: "POST", body });
}

/** What a host has been asked. */
export async function seenBy(host: string): Promise<Seen> {
  const response = await fetch(`https://control.example.com/${host}.example.com`);
  return response.json();
}

export const webhook = signed({ url: "https://hooks.example.com/one" });

/** A webhook to be kept for an origin. */
export function record(
  origin: string,
  atMs = Date.now(),
  more: Partial<DeliveryRecord> = {},
): DeliveryRecord {
  const id = newDeliveryId({ receivedAtMs: atMs, shard: 0, random: Math.random });
  return deliveryRecord({
    id,
    origin,
    outcome: "queued",
    receivedAtMs: atMs,
    stored: {
      bytes: encodeWebhook({ ...webhook, url: `https://hooks.example.com/${origin}` }),
      sealedWith: undefined,
    },
    ...more,
  });
}

/** Has the ledger keep one. */
export async function enqueue(
  origin: string,
  more: Partial<DeliveryRecord> = {},
): Promise<{
  readonly id: string;
  readonly kept: DeliveryRecord;
  readonly reply: EnqueueReply;
}> {
  const kept = record(origin, Date.now(), more);
  const reply = await ledger().enqueue({ record: kept, claim: undefined, leaseMs: LEASE_MS });
  return { id: kept.id, kept, reply };
}

export function leaseOf(reply: EnqueueReply): number {
  if (reply.state !== "queued" || reply.lease === undefined) throw new Error("not leased");
  return reply.lease;
}

export const request = deliveryRecord({ id: "01KB3Y00000000000000000000" }).request;

export const delivered: AttemptEnd = { kind: "delivered", request, isListed: true };

/** Moves the clock, and lets the alarm ring. */
export async function ring(atMs: number): Promise<void> {
  vi.setSystemTime(atMs);
  await runDurableObjectAlarm(stub());
}

/** Tries until it succeeds. Not `vi.waitFor`, which moves a faked clock. */
export async function until<T>(probe: () => Promise<T>, withinMs = 3_000): Promise<T> {
  const endAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() > endAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export async function outcomeOf(id: string): Promise<string | undefined> {
  return (await ledger().find(id))?.outcome;
}
