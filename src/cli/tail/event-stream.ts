/** A server-sent event. */
export interface StreamEvent {
  /** `message` where it has no name. */
  readonly type: string;
  readonly data: string;
}

/** What a piece of a stream has brought. */
export interface StreamPiece {
  readonly events: readonly StreamEvent[];
  /** What to come back with, once its events are dealt with; `undefined` until there is one. */
  readonly lastEventId: string | undefined;
  /** How long to wait before coming back, ms; `undefined` until the stream says so. */
  readonly retryMs: number | undefined;
}

/**
 * Makes a reader of server-sent events: it is given the stream's text in pieces, cut anywhere, and gives
 * what is whole by then. An event that breaks off is none, and neither is its id.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream read 2026-11.
 */
export function eventStreamReader(): (text: string) => StreamPiece {
  let rest = "";
  let data: string[] = [];
  let type = "";
  let id: string | undefined;
  let lastEventId: string | undefined;
  let retryMs: number | undefined;

  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      if (line !== "") {
        take(line);
        continue;
      }
      lastEventId = id;
      if (data.length > 0) events.push({ type: type || "message", data: data.join("\n") });
      data = [];
      type = "";
    }
    return { events, lastEventId, retryMs };
  };

  function take(line: string): void {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "data") data.push(value);
    if (name === "event") type = value;
    if (name === "id" && !value.includes("\0")) id = value;
    if (name === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
  }
}
