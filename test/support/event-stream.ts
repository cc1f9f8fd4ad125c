import { request } from "node:http";
import type { IncomingMessage } from "node:http";

/** One server-sent event. */
export interface StreamedEvent {
  readonly type: string;
  readonly data: string;
}

/** A stream of server-sent events that is being read. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** What has come so far. */
  readonly events: readonly StreamedEvent[];
  /** What to come back with. */
  readonly lastEventId: () => string | undefined;
  /** Hangs up. */
  readonly close: () => void;
}

/** Opens one over a socket of its own; resolves with the head of the answer. */
export function openEventStream(input: {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  readonly lastEventId?: string | undefined;
}): Promise<EventStream> {
  const { port, path, token, lastEventId } = input;
  const headers: Record<string, string> = {
    Host: "hooks.example.net",
    Authorization: `Bearer ${token}`,
  };
  if (lastEventId !== undefined) headers["Last-Event-ID"] = lastEventId;
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, headers, agent: false }, (response) => {
      const events: StreamedEvent[] = [];
      let id = lastEventId;
      let rest = "";
      response.setEncoding("utf8");
      response.on("error", () => undefined);
      response.on("data", (text: string) => {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const fields = new Map(
            block.split("\n").map((line): [string, string] => {
              const [name = "", ...value] = line.split(": ");
              return [name, value.join(": ")];
            }),
          );
          id = fields.get("id") ?? id;
          const data = fields.get("data");
          if (data !== undefined) events.push({ type: fields.get("event") ?? "message", data });
        }
      });
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        lastEventId: () => id,
        close: () => asked.destroy(),
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
