/** What an optional setting is when nothing is written: the one table of defaults. A secret has none. */
export const defaults = {
  /** `tt` of an origin's `url`, ms, counted from receipt: Twilio waits 15 s, connecting included. */
  budgetMs: 14_000,
  /** `tt` of a `fallback`, ms: kept back from the origin's budget. */
  fallbackBudgetMs: 4_000,
  /** `rc` and `rp`, as Twilio's own. */
  retries: 1,
  retryOn: ["ct"],
  answer: "auto",
  verify: "enforce",
  sign: "twilio",
  breaker: true,
  dedupeTtlSeconds: 600,
  log: { keep: "all", bodies: true, mask: [], unmask: [] },
  /** Exponential with full jitter, for three days. */
  queue: { schedule: [], hours: 72, concurrency: 4, ack: "empty" },
  queueAnswer: "any",
  shards: 1,
  /** Where Twilio's US1 leaves. */
  location: "enam",
  logDays: 30,
  alerts: {
    name: "hookswitch",
    runbookUrl: "docs/runbook.md",
    windowMinutes: 5,
    intervalMinutes: 30,
    repeatMinutes: 240,
    failing: { percent: 10, atLeast: 3 },
    refusals: { percent: 20, atLeast: 5 },
    budget: { percent: 10, atLeast: 3, used: 80 },
    backlogMinutes: 15,
    storage: { warn: 70, full: 90 },
  },
} as const;
