import { setTimeout as sleep } from "node:timers/promises";
import { err, ok, type Result } from "../../shared/result.ts";
import { connectionFailure } from "../exchange.ts";
import { type LogFailure, readLogAnswer } from "../log/answer.ts";
import { isPassing } from "../log/failure.ts";
import type { LogServer } from "../log/server.ts";
import { eventStreamReader, type StreamEvent } from "./event-stream.ts";

/** The stream says something every 15 s: whoever hears nothing for so long has lost it, ms. */
const SILENT_MS = 45_000;
/** Until the stream says so itself, ms. */
const RETRY_MS = 2_000;
/** A Hookswitch that is away is asked ever less often, up to this, ms. */
const MOST_RETRY_MS = 30_000;

/** What is told of a stream that is watched. */
export interface StreamWatcher {
  /** The first one is open: what comes from now on is not missed. */
  readonly onOpen: () => Promise<void>;
  readonly onEvents: (events: readonly StreamEvent[]) => void;
  /** It broke off, or there is none: it is tried again. */
  readonly onLost: (detail: string, againInMs: number) => void;
  /** It is back after that. */
  readonly onBack: () => void;
}

/**
 * Watches a stream of the log, over every break: it comes back with the id of what was dealt with last, and
 * is told first what it has missed.
 *
 * @param path Below `/_log`, with its query.
 * @param stop Ends it.
 * @param silentMs After so long without a word the stream counts as broken, ms.
 * @returns Why there is nothing to come back to; `undefined` when it was stopped. Never rejects.
 */
export async function watchStream(
  server: LogServer,
  path: string,
  watcher: StreamWatcher,
  stop: AbortSignal,
  silentMs = SILENT_MS,
): Promise<LogFailure | undefined> {
  let lastEventId: string | undefined;
  let retryMs = RETRY_MS;
  let failures = 0;
  let isFirst = true;
  while (!stop.aborted) {
    const opened = await open(server, path, lastEventId, { stop, silentMs });
    if (stop.aborted) return undefined;
    // What was never there is a wrong address, as a rule: nobody should wait for it.
    if (!opened.ok && (isFirst || !isPassing(opened.error))) return opened.error;
    let lost = opened.ok ? undefined : detailOf(opened.error);
    if (opened.ok) {
      if (failures > 0) watcher.onBack();
      failures = 0;
      if (isFirst) await watcher.onOpen();
      isFirst = false;
      const read = eventStreamReader();
      lost = await eachText(opened.value, (text) => {
        const piece = read(text);
        watcher.onEvents(piece.events);
        lastEventId = piece.lastEventId ?? lastEventId;
        retryMs = piece.retryMs ?? retryMs;
      });
      if (stop.aborted) return undefined;
    }
    if (lost !== undefined) failures += 1;
    const againInMs = Math.min(MOST_RETRY_MS, retryMs * 2 ** Math.max(0, failures - 1));
    if (lost !== undefined) watcher.onLost(lost, againInMs);
    await sleep(againInMs, undefined, { signal: stop }).catch(() => {});
  }
  return undefined;
}

/** A stream that is read: breaking it off also ends what waits for more of it. */
interface Opened {
  readonly body: ReadableStream<Uint8Array>;
  readonly breakOff: AbortController;
  readonly silentMs: number;
}

async function open(
  { baseUrl, token }: LogServer,
  path: string,
  lastEventId: string | undefined,
  { stop, silentMs }: { readonly stop: AbortSignal; readonly silentMs: number },
): Promise<Result<Opened, LogFailure>> {
  const breakOff = new AbortController();
  const silent = setTimeout(() => breakOff.abort(), silentMs);
  try {
    const response = await fetch(`${baseUrl}/_log${path}`, {
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: "text/event-stream",
        ...(lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId }),
      },
      redirect: "manual",
      signal: AbortSignal.any([stop, breakOff.signal]),
    });
    const contentType = response.headers.get("content-type") ?? "";
    if (response.ok && contentType.startsWith("text/event-stream") && response.body !== null) {
      return ok({ body: response.body, breakOff, silentMs });
    }
    const { status } = response;
    const answer = { status, contentType, text: await response.text() };
    return readLogAnswer<Opened>(answer, () => undefined);
  } catch (error) {
    const detail = breakOff.signal.aborted ? silence(silentMs) : connectionFailure(error).message;
    return err({ reason: "unreachable", detail });
  } finally {
    clearTimeout(silent);
  }
}

function silence(ms: number): string {
  return `nothing was heard for ${ms / 1_000} s`;
}

/** Reads to the end. @returns What it broke off of; `undefined` when it ended as it should. */
async function eachText(
  { body, breakOff, silentMs }: Opened,
  take: (text: string) => void,
): Promise<string | undefined> {
  const breakOffLater = (): NodeJS.Timeout => setTimeout(() => breakOff.abort(), silentMs);
  let silent = breakOffLater();
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body) {
      clearTimeout(silent);
      silent = breakOffLater();
      take(decoder.decode(bytes, { stream: true }));
    }
    return undefined;
  } catch (error) {
    return breakOff.signal.aborted ? silence(silentMs) : connectionFailure(error).message;
  } finally {
    clearTimeout(silent);
  }
}

function detailOf(failure: LogFailure): string {
  switch (failure.reason) {
    case "unreachable":
    case "unfinished":
      return failure.detail;
    case "no_json":
    case "unknown_form":
      return `it answered ${failure.status}`;
    case "refused":
      return `it answered ${failure.status} ${failure.code}`;
  }
}
