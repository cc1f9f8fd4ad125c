import { hasPrivate, publicPairs, type Filters } from "./address.ts";
import type { Page, Row } from "./api-types.ts";
import { ApiError, listDeliveries } from "./client.ts";

const POLL_MS = 2_000;
/** What comes by the stream within so long is drawn at once, ms. */
const TOGETHER_MS = 200;
/** A page that nobody sees leaves the stream after so long, ms. */
const LEFT_AFTER_MS = 60_000;
/** After a failure, so that a log that is away is not asked by every open page at once. */
const AFTER_FAILURE_MS = 10_000;

/** What is told of a list that is watched. */
export interface Watcher {
  /** Rows by the stream, those of a moment together. */
  readonly onRows: (rows: readonly Row[]) => void;
  /** The newest page, by polling. */
  readonly onPage: (page: Page) => void;
  /** `undefined` when all is well again. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Watches for new deliveries: by the stream, or by asking every two seconds where there can be none. Not
 * while nobody looks at the page.
 *
 * @returns Ends it.
 */
export function watch(filters: Filters, watcher: Watcher): () => void {
  const ended = new AbortController();
  // What is asked for a number stands in no URL, and a stream is a GET.
  if (hasPrivate(filters)) void poll(filters, watcher, ended.signal);
  else void streamWhileSeen(filters, watcher, ended.signal);
  return () => ended.abort();
}

/** A page that is hidden for long leaves the stream, and begins anew when somebody looks: not with all it missed. */
async function streamWhileSeen(
  filters: Filters,
  watcher: Watcher,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    const left = new AbortController();
    stream(filters, watcher, AbortSignal.any([ended, left.signal]));
    while (!ended.aborted && !(await isHiddenForLong(ended)));
    left.abort();
    while (!ended.aborted && document.hidden) await visibilityChange(ended);
  }
}

async function isHiddenForLong(ended: AbortSignal): Promise<boolean> {
  while (!ended.aborted && !document.hidden) await visibilityChange(ended);
  const seen = new AbortController();
  const signal = AbortSignal.any([ended, seen.signal]);
  void visibilityChange(signal).then(() => seen.abort());
  await pause(LEFT_AFTER_MS, signal);
  return document.hidden;
}

function visibilityChange(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

function stream(filters: Filters, watcher: Watcher, ended: AbortSignal): void {
  const query = new URLSearchParams(publicPairs(filters));
  const source = new EventSource(`/_log/stream${query.size === 0 ? "" : `?${query}`}`);
  let rows: Row[] = [];
  let timer = 0;
  ended.addEventListener("abort", () => {
    source.close();
    clearTimeout(timer);
  });
  source.addEventListener("delivery", ({ data }) => {
    rows.push(JSON.parse(data));
    if (timer !== 0) return;
    timer = window.setTimeout(() => {
      const taken = rows;
      rows = [];
      timer = 0;
      watcher.onRows(taken);
    }, TOGETHER_MS);
  });
  let isFirst = true;
  source.addEventListener("open", () => {
    watcher.onTrouble(undefined);
    // What came between the first page and the stream's beginning; after a break the stream itself tells it.
    if (isFirst) void newest(filters, watcher, ended);
    isFirst = false;
  });
  source.addEventListener("error", () => {
    // Closed is for good: the session is over or the log is away, which polling finds out.
    if (source.readyState === EventSource.CLOSED && !ended.aborted)
      void poll(filters, watcher, ended);
  });
}

async function poll(filters: Filters, watcher: Watcher, ended: AbortSignal): Promise<void> {
  // A text is looked for in hundreds of deliveries each time.
  const pollMs = filters.q === undefined ? POLL_MS : POLL_MS * 15;
  let waitMs = pollMs;
  while (!ended.aborted) {
    await pause(waitMs, ended);
    if (ended.aborted || document.hidden) continue;
    waitMs = (await newest(filters, watcher, ended)) ? pollMs : AFTER_FAILURE_MS;
  }
}

async function newest(filters: Filters, watcher: Watcher, signal: AbortSignal): Promise<boolean> {
  try {
    const page = await listDeliveries(filters, { limit: 100, signal });
    if (signal.aborted) return true;
    watcher.onPage(page);
    watcher.onTrouble(undefined);
    return true;
  } catch (error) {
    if (!signal.aborted) watcher.onTrouble(error);
    return error instanceof ApiError && error.status === 400;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
