// The application behind every contestant: one fixed TwiML answer to whatever comes, over bare sockets, so that it
// costs next to nothing. `GET /_count` tells how many webhooks there were, `/large` is answered with 64 kB.
import { createServer } from "node:net";

const small = answer("<Response><Message>Thanks, we have your order.</Message></Response>");
const large = answer(`<Response><Say>${"x".repeat(65_300)}</Say></Response>`);
let count = 0;

const server = createServer((socket) => {
  let left: Buffer | undefined;
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    let received = left === undefined ? data : Buffer.concat([left, data]);
    for (;;) {
      const end = endOf(received);
      if (end === undefined) break;
      const line = received.toString("latin1", 0, 40);
      if (line.startsWith("GET /_count")) socket.write(answer(String(count)));
      else {
        count++;
        socket.write(line.startsWith("POST /large") ? large : small);
      }
      received = received.subarray(end);
    }
    left = received.length === 0 ? undefined : received;
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});

/** Where the first request ends; `undefined` while it is not whole. */
function endOf(received: Buffer): number | undefined {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const text = received.toString("latin1", 0, head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length !== undefined) {
    const end = head + 4 + Number(length);
    return received.length >= end ? end : undefined;
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(text)) return head + 4;
  const last = received.indexOf("0\r\n\r\n", head + 4);
  return last < 0 ? undefined : last + 5;
}

function answer(body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}
