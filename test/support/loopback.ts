import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Listens on a free port of 127.0.0.1 and gives the port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error(`Cannot listen: expected a port, got ${address}`);
  }
  return address.port;
}

/** Stops listening; whoever is still connected is the caller's to destroy. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}

/** A port on which nobody listens any more: connections to it are refused. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await close(server);
  return port;
}
