import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Reaction } from "./origin-server.ts";

/** A plain answer. */
export interface Answering {
  readonly status?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

/** The TwiML that a well-behaved origin answers with. */
export const twiml =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Hi</Message></Response>';

/** An answer, its length told, on a connection that stays open. 1xx, 204 and 304 carry no body. */
export function answer(answering: Answering = {}): Reaction {
  const body = Buffer.from(answering.body ?? "");
  const status = answering.status ?? 200;
  const hasBody = status >= 200 && status !== 204 && status !== 304;
  const headers = [
    ...(answering.headers ?? []),
    ...(hasBody ? [["Content-Length", String(body.length)]] : []),
  ];
  const bytes = Buffer.concat([head(status, headers), hasBody ? body : Buffer.alloc(0)]);
  return (socket) => {
    socket.write(bytes);
  };
}

/** Well-formed TwiML. */
export function answerTwiml(text = twiml): Reaction {
  return answer({ headers: [["Content-Type", "text/xml"]], body: text });
}

/** TwiML that says which request this is, so that no two answers are alike. */
export const answerUnalike: Reaction = (socket, request) => {
  const id = `${request.header("hookswitch-delivery")} ${request.atMs}`;
  answerTwiml(`<Response><Message>${id}</Message></Response>`)(socket, request);
};

/** Any reaction, later; none when the client has gone by then. */
export function after(delayMs: number, reaction: Reaction): Reaction {
  return (socket, request) => later(socket, delayMs, () => reaction(socket, request));
}

/** RST in place of an answer. */
export const reset: Reaction = (socket) => {
  socket.resetAndDestroy();
};

/** FIN in place of an answer. */
export const finish: Reaction = (socket) => {
  socket.end();
};

/** Never a byte. */
export const silence: Reaction = () => {};

/** Takes longer over its headers than anybody waits: a line every 50 ms. */
export const trickleHeaders: Reaction = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\n");
  every(socket, 50, () => socket.write("X-Filler: filler\r\n"));
};

/** Headers at once and then a byte every 50 ms, without end. */
export const trickleBody: Reaction = (socket) => {
  socket.write(
    head(200, [
      ["Content-Type", "text/xml"],
      ["Transfer-Encoding", "chunked"],
    ]),
  );
  every(socket, 50, () => socket.write("1\r\n<\r\n"));
};

/** Headers at once and then as much as the client takes, without end. */
export const endlessBody: Reaction = (socket) => {
  const chunk = Buffer.from(`4000\r\n${"x".repeat(0x4000)}\r\n`);
  const pump = (): void => {
    while (!socket.destroyed && socket.write(chunk)) {
      // Until its buffer is full.
    }
  };
  socket.write(
    head(200, [
      ["Content-Type", "text/xml"],
      ["Transfer-Encoding", "chunked"],
    ]),
  );
  socket.on("drain", pump);
  pump();
};

/** RST in the middle of a body whose length was told. */
export const resetInBody: Reaction = (socket) => {
  socket.write(
    head(200, [
      ["Content-Type", "text/xml"],
      ["Content-Length", "1000"],
    ]),
  );
  socket.write("<Response>");
  later(socket, 50, () => socket.resetAndDestroy());
};

/** RST between two chunks. */
export const resetInChunks: Reaction = (socket) => {
  socket.write(
    head(200, [
      ["Content-Type", "text/xml"],
      ["Transfer-Encoding", "chunked"],
    ]),
  );
  socket.write("a\r\n<Response>\r\n");
  later(socket, 50, () => socket.resetAndDestroy());
};

/** FIN in the middle of a body whose length was told. */
export const finishInBody: Reaction = (socket) => {
  socket.write(
    head(200, [
      ["Content-Type", "text/xml"],
      ["Content-Length", "1000"],
    ]),
  );
  socket.end("<Response>");
};

/** Something that is not HTTP at all. */
export const garbage: Reaction = (socket) => {
  socket.end("SSH-2.0-OpenSSH_9.9\r\n\r\n");
};

/** TwiML, compressed. */
export const answerGzip: Reaction = answer({
  headers: [
    ["Content-Type", "text/xml"],
    ["Content-Encoding", "gzip"],
  ],
  body: gzipSync(twiml),
});

/** Says that it is compressed and is not. */
export const answerBrokenGzip: Reaction = answer({
  headers: [
    ["Content-Type", "text/xml"],
    ["Content-Encoding", "gzip"],
  ],
  body: twiml,
});

function head(status: number, headers: readonly (readonly string[])[]): Buffer {
  const lines = [`HTTP/1.1 ${status} Status`, ...headers.map((header) => header.join(": "))];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function later(socket: Socket, delayMs: number, work: () => void): void {
  setTimeout(() => {
    if (!socket.destroyed) {
      work();
    }
  }, delayMs).unref();
}

function every(socket: Socket, delayMs: number, work: () => void): void {
  later(socket, delayMs, () => {
    work();
    every(socket, delayMs, work);
  });
}
