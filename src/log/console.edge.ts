import type { Log } from "../shared/ports.ts";

/** The runtime's console: one line of JSON each, which Workers Logs takes apart into fields. */
export const consoleLog: Log = {
  write: (line) => console.log(JSON.stringify(line)),
  misconfigured: (problems) => {
    for (const { key, message } of problems)
      console.error(JSON.stringify({ problem: key, message }));
  },
  bug: (error) => console.error(JSON.stringify({ bug: textOf(error) })),
  lost: (what) => console.error(JSON.stringify({ lost: what })),
  unsent: (what) => console.error(JSON.stringify({ unsent: what })),
};

/** An error with its stack and its causes. URLs lose their query: it may hold personal data. */
function textOf(error: unknown): string {
  const text =
    error instanceof Error ? `${error.stack ?? error.message}${cause(error)}` : String(error);
  return text.replaceAll(/\?[^\s'")]*/g, "?…").slice(0, 4_000);
}

function cause(error: Error): string {
  return error.cause === undefined ? "" : `\ncaused by: ${textOf(error.cause)}`;
}
