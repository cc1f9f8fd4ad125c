import { createServer } from "node:net";

/**
 * Tries whether a port of 127.0.0.1 can be listened on.
 *
 * @returns Why not, as the end of a sentence; `undefined` when it can.
 */
export async function portProblem(port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const probe = createServer()
    .once("error", (error: NodeJS.ErrnoException) => resolve(reason(error)))
    .listen(port, "127.0.0.1", () => probe.close(() => resolve(undefined)));
  return promise;
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return "is in use";
  return error.code === "EACCES" ? "is not ours to use" : `cannot be used: ${error.message}`;
}
