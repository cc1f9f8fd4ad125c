/**
 * Cloudflare's list prices, US dollars, as read on `readOn`. The pages were read as stored
 * copies, whose age is not known to the day. An account under contract has others.
 *
 * @see https://developers.cloudflare.com/workers/platform/pricing/ Worker requests, CPU, KV; the plan.
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/ Requests, duration, rows, storage.
 * @see https://developers.cloudflare.com/kv/platform/pricing/ KV.
 */
export const readOn = "2026-11-24";

/** Of the paid plan, a month; everything below comes on top of it. */
export const planDollars = 5;

/** What a million of a thing costs, what the paid plan includes a month, what the free plan allows a day. */
export interface Price {
  readonly title: string;
  readonly dollarsPerMillion: number;
  readonly included: number;
  readonly freePerDay: number;
}

// oxfmt-ignore
export const prices = {
  workerRequests: { title: "Worker requests",    dollarsPerMillion: 0.3,   included: 10_000_000,     freePerDay: 100_000 },
  /** The free plan bounds the CPU of each request (10 ms) and not of a day. */
  cpuMs:          { title: "Worker CPU, ms",     dollarsPerMillion: 0.02,  included: 30_000_000,     freePerDay: Number.POSITIVE_INFINITY },
  ledgerRequests: { title: "ledger requests",    dollarsPerMillion: 0.15,  included: 1_000_000,      freePerDay: 100_000 },
  /** 128 MB, whatever is used of them. */
  gbSeconds:      { title: "ledger time, GB-s",  dollarsPerMillion: 12.5,  included: 400_000,        freePerDay: 13_000 },
  rowsWritten:    { title: "rows written",       dollarsPerMillion: 1,     included: 50_000_000,     freePerDay: 100_000 },
  rowsRead:       { title: "rows read",          dollarsPerMillion: 0.001, included: 25_000_000_000, freePerDay: 5_000_000 },
  kvReads:        { title: "KV reads",           dollarsPerMillion: 0.5,   included: 10_000_000,     freePerDay: 100_000 },
  kvWrites:       { title: "KV writes",          dollarsPerMillion: 5,     included: 1_000_000,      freePerDay: 1_000 },
} as const satisfies Record<string, Price>;

/** What is billed by the time it lies there, a GB and month; the free plan's bound is on all of it. */
// oxfmt-ignore
export const storagePrices = {
  ledger: { title: "ledger, GB stored", dollarsPerGb: 0.2, includedGb: 5, freeGb: 5 },
  kv:     { title: "KV, GB stored",     dollarsPerGb: 0.5, includedGb: 1, freeGb: 1 },
} as const;
