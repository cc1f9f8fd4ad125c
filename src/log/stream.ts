import type { FoundDelivery } from "../ledger/search.ts";
import type { Clock, LedgerWatch, ToldByShard } from "../shared/ports.ts";
import { utf8 } from "../shared/utf8.ts";

/** Without anything to tell a line goes out after so long, ms: whatever is between cuts off what is silent. */
const QUIET_MS = 15_000;
/** A stream ends after so long, ms, and its reader comes again: with a token that is still good. */
const MOST_MS = 600_000;
/** How long a reader waits before it comes again, ms. */
const RETRY_MS = 2_000;
const MAX_SHARDS = 1_024;

/**
 * Streams deliveries as server-sent events, as they are written and as often as they change. The id of an
 * event is what each shard has told by then; whoever comes back with it is told first what has changed
 * since, without ids, so that a second break in the middle of that loses nothing either. So an event may
 * come twice, and none is missed.
 *
 * @param input.lastEventId The header's value, anybody's text; `null` where nothing was told before.
 * @param input.present The JSON of one; `undefined` for one that was not asked for.
 */
export function deliveryStream(input: {
  readonly watch: LedgerWatch;
  readonly shards: number;
  readonly lastEventId: string | null;
  readonly clock: Clock;
  readonly present: (found: FoundDelivery) => Promise<unknown>;
}): ReadableStream<Uint8Array> {
  const { watch, clock, present } = input;
  let spokenAtMs = clock.now();
  const endsAtMs = spokenAtMs + MOST_MS;
  const before = parseEventId(input.lastEventId ?? "");
  // By shard; `undefined` until all that it missed was told.
  const toldMs: (number | undefined)[] = Array.from({ length: input.shards }, () => undefined);

  return new ReadableStream({
    start(controller) {
      controller.enqueue(utf8(`retry: ${RETRY_MS}\n\n`));
      for (let shard = 0; shard < input.shards; shard++)
        watch.ask(shard, { sinceMs: sinceMsOf(shard, before) });
    },
    async pull(controller) {
      const text = await nextText().catch((error: unknown) => {
        watch.close();
        throw error;
      });
      if (text !== undefined) return controller.enqueue(utf8(text));
      watch.close();
      controller.close();
    },
    cancel() {
      watch.close();
    },
  });

  /** What goes out next; `undefined` at the end. */
  async function nextText(): Promise<string | undefined> {
    for (;;) {
      const leftMs = endsAtMs - clock.now();
      if (leftMs <= 0) return undefined;
      const quietMs = Math.max(0, spokenAtMs + QUIET_MS - clock.now());
      const told = await watch.next(Math.min(quietMs, leftMs));
      if (told === "over") return undefined;
      const text = told === "quiet" ? "" : await textOf(told);
      const isQuiet = clock.now() - spokenAtMs >= QUIET_MS;
      if (text === "" && !isQuiet) continue;
      spokenAtMs = clock.now();
      // Nothing that was asked for, but the next one who comes back need not look at it again.
      return `${text || idLine() || ":"}\n\n`;
    }
  }

  async function textOf(told: ToldByShard): Promise<string> {
    const { shard, found, atMs, next } = told;
    const isFirst = toldMs[shard] === undefined;
    if (next) watch.ask(shard, { sinceMs: sinceMsOf(shard, before), position: next });
    // What is told while a shard is still at what was missed is not all up to its instant.
    if (!isFirst || next === null) toldMs[shard] = atMs;
    const shown = await Promise.all(found.map(present));
    const events = shown
      .filter((each) => each !== undefined)
      .map((each) => `event: delivery\ndata: ${JSON.stringify(each)}`);
    const id = idLine();
    // With the last one only: before that not all of it is there.
    if (events.length > 0)
      return [...events.slice(0, -1), withId(events.at(-1) ?? "", id)].join("\n\n");
    return next === null ? id : "";
  }

  function idLine(): string {
    const all = toldMs.filter((each) => each !== undefined);
    return all.length === toldMs.length ? `id: ${eventId(all)}` : "";
  }
}

function withId(event: string, id: string): string {
  return id === "" ? event : `${id}\n${event}`;
}

/** The id of an event: the instant of each shard's own clock that all was told up to, epoch ms. */
export function eventId(toldMs: readonly number[]): string {
  return toldMs.map((atMs) => atMs.toString(36)).join("-");
}

/**
 * Takes an event's id apart.
 * @param text Anybody's.
 * @returns `undefined` for what is none: then nothing was told before.
 */
export function parseEventId(text: string): readonly number[] | undefined {
  const parts = text.split("-");
  const isOurs = parts.length <= MAX_SHARDS && parts.every((part) => /^[0-9a-z]{1,9}$/.test(part));
  return isOurs ? parts.map((part) => Number.parseInt(part, 36)) : undefined;
}

/** Where a shard begins; one that was added since, with the oldest of the others. */
function sinceMsOf(shard: number, before: readonly number[] | undefined): number | null {
  return before === undefined ? null : (before[shard] ?? Math.min(...before));
}
