import { connect, createServer, type Socket } from "node:net";
import { close, listen } from "./loopback.ts";

/** What stands between two ends, and breaks. */
export interface BreakingProxy {
  readonly port: number;
  /** How many connections there were. */
  readonly connections: () => number;
  /** Resets every connection, and refuses new ones until `mend()`. */
  readonly break: () => void;
  readonly mend: () => void;
  readonly stop: () => Promise<void>;
}

/** Passes bytes on to a port of this machine. */
export async function startBreakingProxy(toPort: number): Promise<BreakingProxy> {
  const open = new Set<Socket>();
  let isBroken = false;
  let connections = 0;
  const server = createServer((near) => {
    if (isBroken) {
      near.resetAndDestroy();
      return;
    }
    connections += 1;
    const far = connect(toPort, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  const port = await listen(server);
  const cut = (): void => open.forEach((socket) => socket.resetAndDestroy());
  return {
    port,
    connections: () => connections,
    break: () => {
      isBroken = true;
      cut();
    },
    mend: () => {
      isBroken = false;
    },
    stop: async () => {
      cut();
      await close(server);
    },
  };
}
