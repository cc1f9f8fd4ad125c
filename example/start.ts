// `npm start`: the Worker on this machine, with storage of its own, and an application behind it.
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { processIo } from "../src/cli/io.ts";
import { readWorkerEnv } from "../src/cli/read-config.ts";
import { parseConfig } from "../src/config/config.ts";
import type { Config } from "../src/config/types.ts";
import { startApp } from "./app.ts";
import { instructions } from "./instructions.ts";
import { portProblem } from "./ports.ts";
import { writeSecrets } from "./secrets.ts";
import { startWorker } from "./worker.ts";

/** The port of the example application in the shipped wrangler.toml. */
const shippedAppPort = 8788;

const usage = `Usage: npm start -- [options]

  --port <n>        where Hookswitch listens on 127.0.0.1 (default 8787)
  --app-port <n>    where the example application does (default 8788); origins that lead to
                    127.0.0.1:8788 are led there
  --config <file>   the configuration file (default wrangler.toml); .dev.vars is beside it
  --state <folder>  where KV and Durable Objects are kept (default .hookswitch)
  --help            this text`;

/** Why there is nothing to start: one line for each problem. */
class NotStarted extends Error {
  readonly lines: readonly string[];

  constructor(...lines: readonly string[]) {
    super(lines.join("; "));
    this.lines = lines;
  }
}

try {
  await start(process.argv.slice(2));
} catch (error) {
  const lines = error instanceof NotStarted ? error.lines : [oneLine(error)];
  for (const line of lines) console.error(line);
  process.exit(1);
}

/** The innermost cause: wrangler wraps what is wrong in what it was doing. The first two lines tell all. */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return oneLine(error.cause);
  const lines = error.message.split("\n").filter((line) => line.trim() !== "");
  return `not started: ${lines.slice(0, 2).join(" ")}`;
}

async function start(args: string[]): Promise<void> {
  const { values } = readArgs(args);
  if (values.help) return console.log(usage);
  const port = readPort("--port", values.port);
  const appPort = readPort("--app-port", values["app-port"]);
  if (port === appPort) throw new NotStarted(`--app-port: expected another port than ${port}`);
  const configFile = resolve(values.config);
  const stateFolder = resolve(values.state);
  const secretsFile = join(dirname(configFile), ".dev.vars");

  if (statSync(configFile, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new NotStarted(`--config: no such file: ${configFile}`);
  }
  expectFolder(stateFolder);
  const isNew = writeSecrets(secretsFile);
  const { vars, config, fromEnvironment } = readConfiguration(configFile, appPort);
  await expectFree({ "--port": port, "--app-port": appPort });

  const app = await startApp({
    port: appPort,
    authToken: authToken(config),
    log: (line) => console.log(`          application: ${line}`),
  });
  const worker = await startWorker({ configFile, port, stateFolder, vars, log: console.log });
  endOnSignal(async () => {
    await worker.close();
    await app.close();
  });
  const lines = instructions({
    config,
    proxy: `http://127.0.0.1:${port}`,
    app: `http://127.0.0.1:${appPort}`,
    secretsFile: fromHere(secretsFile),
    stateFolder: fromHere(stateFolder),
    isNew,
    fromEnvironment,
  });
  console.log(lines.join("\n"));
}

/** The Worker would start without its storage, and then answer nobody. */
function expectFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch {
    throw new NotStarted(`--state: expected a folder to write to, found ${folder}`);
  }
}

/** A path as one would type it: relative below the current folder, absolute elsewhere. */
function fromHere(path: string): string {
  const below = relative("", path);
  return below.startsWith("..") ? path : below;
}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string", default: "8787" },
        "app-port": { type: "string", default: String(shippedAppPort) },
        config: { type: "string", default: "wrangler.toml" },
        state: { type: "string", default: ".hookswitch" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new NotStarted(error instanceof Error ? error.message : String(error));
  }
}

function readPort(flag: string, text: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new NotStarted(`${flag}: expected a port from 1 to 65535, found ${text}`);
}

/** What the Worker is given, and what it makes of it: nothing starts with a problem in it. */
function readConfiguration(
  configFile: string,
  appPort: number,
): {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly fromEnvironment: readonly string[];
} {
  const read = readWorkerEnv({ config: configFile }, processIo());
  if (!read.ok) throw new NotStarted(read.error);
  const { fromEnvironment } = read.value;
  const env: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(read.value.env).map(([name, value]) => [name, ledTo(appPort, value)]),
  );
  const config = parseConfig(env);
  const problems = [...read.value.problems, ...config.problems];
  if (env["LOG_TOKEN"] === undefined) {
    const message =
      "expected the log's token in .dev.vars, found none: remove the file, and one is written";
    problems.push({ key: "LOG_TOKEN", message });
  }
  if (problems.length > 0) {
    const lines = problems.map(({ key, message }) => `${key}: ${message}`);
    if (fromEnvironment.length > 0) {
      const names = fromEnvironment.join(", ");
      lines.push(`taken from the environment, which wins over .dev.vars: ${names}`);
    }
    throw new NotStarted(...lines);
  }
  const { ANSWERS: _kv, LEDGER: _ledger, ...vars } = env; // bindings come from the file itself
  return { vars, config, fromEnvironment };
}

/** A value of the configuration whose URLs lead to the application where it listens now. */
function ledTo(appPort: number, value: unknown): unknown {
  if (typeof value === "string") {
    const shipped = new RegExp(String.raw`^(http://127\.0\.0\.1:)${shippedAppPort}\b`, "u");
    return value.replace(shipped, `$1${appPort}`);
  }
  if (Array.isArray(value)) return value.map((item) => ledTo(appPort, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, ledTo(appPort, item)]),
  );
}

/** What the application validates with: one token, so of a rotation the first. */
function authToken({ keys }: Config): string {
  const [key] = [...keys.defaultTokens, ...[...keys.accountTokens.values()].flat()];
  return key?.secret ?? "";
}

/** All at once: whoever has mended the one need not learn of the other by trying again. */
async function expectFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const lines: string[] = [];
  for (const [flag, port] of Object.entries(ports)) {
    const problem = await portProblem(port);
    if (problem === undefined) continue;
    lines.push(`port ${port} ${problem}: choose another with npm start -- ${flag} <n>`);
  }
  if (lines.length > 1) {
    lines.push(
      "is npm start running already? End it, or give this one a --state <folder> of its own, too",
    );
  }
  if (lines.length > 0) throw new NotStarted(...lines);
}

/**
 * Ends once, on whichever signal comes first: npm passes on a Ctrl-C that the terminal sends here as
 * well. Ends too when npm's shell is gone, which a SIGTERM to npm kills without a word to its child.
 */
function endOnSignal(end: () => Promise<void>): void {
  let isEnding = false;
  const endOnce = (): void => {
    if (isEnding) return;
    isEnding = true;
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(String(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // The runtime's own listeners would leave with 130, and Ctrl-C is the way to end this.
    process.removeAllListeners(signal);
    process.on(signal, endOnce);
  }
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) endOnce();
  }, 500).unref();
}
