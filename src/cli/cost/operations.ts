/** What Cloudflare bills for one webhook, counts. */
export interface Operations {
  readonly workerRequests: number;
  /** Calls to a ledger object; alarms are in `nowAndThen`. */
  readonly ledgerRequests: number;
  /** Without those of `nowAndThen`. */
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly kvReads: number;
  readonly kvWrites: number;
}

/** A kind of webhook as the README's table names it. */
export interface Announced extends Operations {
  readonly title: string;
}

/**
 * What each kind of webhook costs where it is alone, its origin taking longer than 250 ms. Many at a time cost no
 * more: settles of one isolate travel together, and an origin that is faster saves a respond-mode row. Rows read
 * depend on what else is there, and cost next to nothing: they are upper ends, all else is exact.
 *
 * `test/wire/cost.test.ts` counts it on the built bundle and fails where it differs: a number here is changed on
 * purpose, together with what changed it. README and `hookswitch cost` are computed from it.
 */
// oxfmt-ignore
export const announced = {
  respond:        { title: "respond",                                      workerRequests: 1, ledgerRequests: 2, rowsWritten: 4, rowsRead: 4, kvReads: 0, kvWrites: 1 },
  respondFast:    { title: "respond, your application answers within 150 ms", workerRequests: 1, ledgerRequests: 2, rowsWritten: 3, rowsRead: 4, kvReads: 0, kvWrites: 1 },
  respondLedger:  { title: "respond, `dedupe.store = \"ledger\"`",         workerRequests: 1, ledgerRequests: 2, rowsWritten: 4, rowsRead: 4, kvReads: 0, kvWrites: 0 },
  respondKv:      { title: "respond, `dedupe.store = \"kv\"`",             workerRequests: 1, ledgerRequests: 1, rowsWritten: 2, rowsRead: 4, kvReads: 1, kvWrites: 1 },
  respondOff:     { title: "respond, `dedupe = false`",                    workerRequests: 1, ledgerRequests: 1, rowsWritten: 2, rowsRead: 4, kvReads: 0, kvWrites: 0 },
  respondUnlisted:{ title: "respond, not listed (`log.keep` is `\"failures\"` or `\"none\"`)", workerRequests: 1, ledgerRequests: 2, rowsWritten: 2, rowsRead: 1, kvReads: 0, kvWrites: 1 },
  duplicate:      { title: "a duplicate, respond",                         workerRequests: 1, ledgerRequests: 2, rowsWritten: 2, rowsRead: 5, kvReads: 0, kvWrites: 0 },
  queue:          { title: "queue, delivered at the first attempt",        workerRequests: 1, ledgerRequests: 2, rowsWritten: 5, rowsRead: 15, kvReads: 0, kvWrites: 0 },
  queueUnlisted:  { title: "queue, the same, `log.keep = \"failures\"`",   workerRequests: 1, ledgerRequests: 2, rowsWritten: 4, rowsRead: 15, kvReads: 0, kvWrites: 0 },
  queueAttempt:   { title: "queue, each further attempt",                  workerRequests: 0, ledgerRequests: 0, rowsWritten: 4, rowsRead: 30, kvReads: 0, kvWrites: 0 },
  queueDuplicate: { title: "a duplicate, queue",                           workerRequests: 1, ledgerRequests: 2, rowsWritten: 2, rowsRead: 10, kvReads: 0, kvWrites: 0 },
  refused:        { title: "refused, alone in its second",        workerRequests: 1, ledgerRequests: 1, rowsWritten: 1, rowsRead: 3, kvReads: 0, kvWrites: 0 },
} as const satisfies Record<string, Announced>;

/** What a ledger object costs now and then, whatever number of webhooks there is in between. */
export const nowAndThen = {
  /** What is counted, written behind: once for a webhook that is alone, at most once in so many seconds. */
  counts: { everyS: 60, rowsWritten: 1, ledgerRequests: 0 },
  /** Queue mode: the alarm for the end of a lease (the default of 14 s and 5 s), set, fired, and set for midnight. */
  alarm: { everyS: 19, rowsWritten: 2, ledgerRequests: 1 },
  /** Each further attempt of a queued webhook that is alone: the same alarm. Of many, one begins up to six. */
  attemptAlarm: { rowsWritten: 2, ledgerRequests: 1 },
} as const;

/**
 * What a waiting timer keeps an object awake for, s: a claim is written after a quarter of a second, the counts
 * of a webhook that is alone after one second, and while more keep coming after at most sixty. Objects that sleep are not billed for time.
 */
export const awake = { aloneS: 1.25, atMostS: 60 } as const;

/**
 * Stored by the ledger for a webhook in the log, bytes: claim, delivery and index. Measured over 1,000 messages with
 * a body of 435 bytes and a short answer: 2,417 in respond mode, 2,273 in queue mode.
 */
export const storedBytes = 2_500;

/**
 * CPU of a webhook, ms, an upper end: workerd's whole process, SQLite and sockets included, took 5.3 s for 2,000
 * webhooks and 1,000 refused ones on a shared machine of 2 cores. What Cloudflare bills of it has not been seen.
 */
export const cpuMs = 3;
