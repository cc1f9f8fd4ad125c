import { execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ownEnv } from "./own-env.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What keeps wrangler and npm from talking, and the Node of this process in front of any other. */
function surroundings(cwd: string): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const env = ownEnv({
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    CI: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_SEND_METRICS: "false",
  });
  // Of an npm that runs these tests, which would take its own project for the one that is meant.
  const inherited = /^(INIT_CWD|npm_(package|lifecycle)_.*|npm_config_local_prefix|npm_command)$/;
  for (const name of Object.keys(env).filter((each) => inherited.test(each))) delete env[name];
  return { cwd, env };
}

/** Packs this repository as it would be published, and gives the path of the tarball. */
export async function packed(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { stdout } = await npm(root, "pack", "--json", "--silent", "--pack-destination", folder);
  const name = /"filename": "([^"]+)"/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`Cannot pack: expected a file name, got ${stdout}`);
  return join(folder, name);
}

/** Runs npm in a folder. Rejects with what it printed when it fails. */
export async function npm(
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly stdout: string }> {
  try {
    return await run("npm", args, surroundings(cwd));
  } catch (error) {
    const printed = isPrinted(error) ? `: ${error.stdout}${error.stderr}` : "";
    throw new Error(`npm ${args.join(" ")} failed${printed}`, { cause: error });
  }
}

function isPrinted(error: unknown): error is { readonly stdout: string; readonly stderr: string } {
  return typeof error === "object" && error !== null && "stdout" in error && "stderr" in error;
}

/** Runs a command that is installed in a folder, as `npx` does. Rejects with what it printed when it fails. */
export async function npx(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await npm(cwd, "exec", "--offline", "--", ...args);
  return stdout;
}

/** `wrangler dev` of a folder, on a port that the system gives. */
export interface WranglerDev {
  /** `http://127.0.0.1:<port>`. */
  readonly host: string;
  readonly stop: () => void;
}

/** Starts it as a user would, in a process group of its own; resolves when it is ready. */
export async function wranglerDev(cwd: string): Promise<WranglerDev> {
  const flags = ["--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
  const child = spawn(
    "npm",
    [
      "exec",
      "--offline",
      "--",
      "wrangler",
      "dev",
      ...flags,
      "--show-interactive-dev-session=false",
    ],
    { ...surroundings(cwd), detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  let printed = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = (chunk: Buffer): void => {
    printed += chunk.toString("utf8");
    const host = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
    if (host !== undefined) resolve(host);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  child.on("close", () => reject(new Error(`wrangler dev ended: ${printed}`)));
  return { host: await promise, stop };
}
