/** A JSON answer that nobody caches. */
export function json(status: number, value: unknown): Response {
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    status,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** An error in the log's form. The message is ours, never an internal one. */
export function problem(status: number, code: string, message: string): Response {
  return json(status, { error: { code, message } });
}

/** What the ledger says, or that it says nothing: half a list would read as a whole one. */
export function reachable<T>(asked: Promise<T>): Promise<T | Response> {
  return asked.catch(() =>
    problem(503, "ledger_unreachable", "The ledger did not answer: try again."),
  );
}
