import { printable, type RuntimeLog } from "./webhook-line.ts";

/** The Worker while it runs. */
export interface RunningWorker {
  /** Ends the runtime's processes. */
  readonly close: () => Promise<void>;
}

/** What keeps wrangler from the network, and from talking. It reads these when it is loaded. */
const silentAndOffline = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
};

/**
 * Runs the Worker of a `wrangler.toml` in workerd, with KV and Durable Objects in a folder.
 *
 * @param input.configFile Absolute.
 * @param input.port Of 127.0.0.1 only.
 * @param input.stateFolder Absolute; what is stored outlives the process.
 * @param input.vars Variables and secrets, in place of those of the file and of `.dev.vars`.
 * @param input.log Told of each webhook and of whatever else the Worker says, one line each.
 * @returns Rejects when the Worker cannot be built or started.
 */
export async function startWorker(input: {
  readonly configFile: string;
  readonly port: number;
  readonly stateFolder: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly log: (line: string) => void;
}): Promise<RunningWorker> {
  Object.assign(process.env, silentAndOffline);
  const { unstable_startWorker: start } = await import("wrangler");
  const worker = await start({
    config: input.configFile,
    bindings: Object.fromEntries(
      Object.entries(input.vars).map(([name, value]) => [
        name,
        { type: typeof value === "string" ? "plain_text" : "json", value },
      ]),
    ),
    dev: {
      server: { hostname: "127.0.0.1", port: input.port },
      persist: input.stateFolder,
      inspector: false,
      watch: false,
      logLevel: "error",
      // With routes in the file the Worker would see their host name and not the one that was asked for and signed.
      inferOriginFromRoutes: false,
      structuredLogsHandler: (log: RuntimeLog) => input.log(printable(log)),
    },
  });
  await worker.ready;
  return { close: () => worker.dispose() };
}
