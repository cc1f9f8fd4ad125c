import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "vite";
import { startKv } from "../support/kv-server.ts";
import { closedPort } from "../support/loopback.ts";
import { ownEnv } from "../support/own-env.ts";
import { startWorkerd, type WorkerdOptions } from "../support/workerd.ts";
import { authToken, publicHost } from "./corpus.ts";

/** Something that answers webhooks, while it runs. */
export interface Running {
  readonly port: number;
  /** What its CPU and memory are counted of. */
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
}

/** The application behind all of them. */
export interface Origin extends Running {
  readonly base: string;
  /** Webhooks that it was asked by now. */
  readonly count: () => Promise<number>;
}

const workers = join(import.meta.dirname, "workers");

/** Starts the application in a process of its own. */
export async function startOrigin(): Promise<Origin> {
  const started = await startNode("origin.ts", []);
  const base = `http://127.0.0.1:${started.port}`;
  const count = async (): Promise<number> => Number(await (await fetch(`${base}/_count`)).text());
  return { ...started, base, count };
}

/** Starts nginx as a plain proxy with connections kept alive; `undefined` where there is none. */
export async function startNginx(origin: Origin): Promise<Running | undefined> {
  if (!hasNginx()) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-nginx-"));
  const port = await closedPort();
  const config = join(folder, "nginx.conf");
  await writeFile(
    config,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/1; uwsgi_temp_path ${folder}/2; scgi_temp_path ${folder}/3;
       keepalive_requests 1000000;
       upstream app { server 127.0.0.1:${origin.port}; keepalive 256; keepalive_requests 1000000; }
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
       }
     }`,
  );
  const child = spawn("nginx", ["-p", folder, "-c", config], { stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    port,
    pids: [child.pid ?? 0],
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a Worker of `workers/`: only `least` has a ledger. */
export async function startWorker(
  name: "passthrough" | "verify-and-forward" | "least",
  origin: Origin,
): Promise<Running> {
  const bundle = await builtWorker(name);
  const vars = { TWILIO_AUTH_TOKEN: authToken, ORIGINS: origins(origin), ORIGIN: origin.base };
  return running(await startWorkerd({ vars, bundle, isStateless: name !== "least" }));
}

/** Starts Hookswitch as it is deployed. `config` goes into each of its origins. */
export async function startHookswitch(
  origin: Origin,
  config: Readonly<Record<string, unknown>> = {},
  {
    vars = {},
    ...options
  }: Partial<Pick<WorkerdOptions, "vars" | "inspectorPort" | "bundle" | "under" | "v8Flags">> = {},
): Promise<Running> {
  const started = await startWorkerd({
    ...options,
    vars: { TWILIO_AUTH_TOKEN: authToken, ORIGINS: origins(origin, config), ...vars },
  });
  return running(started);
}

/** The same with a KV, which raw workerd has not: a server in this process stands in for it. */
export async function startHookswitchWithKv(origin: Origin): Promise<Running> {
  const kv = await startKv();
  const config = { dedupe: { store: "kv" } };
  const started = running(
    await startWorkerd({
      vars: { TWILIO_AUTH_TOKEN: authToken, ORIGINS: origins(origin, config) },
      kvPort: kv.port,
    }),
  );
  return {
    ...started,
    stop: async () => {
      await started.stop();
      await kv.stop();
    },
  };
}

/** Starts the Express application; `isDurable` commits to disk before the forward and after it. */
export async function startExpress(origin: Origin, isDurable: boolean): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-express-"));
  const started = await startNode("express-stack.ts", [
    `--origin=${origin.base}`,
    `--database=${join(folder, "app.sqlite")}`,
    `--token=${authToken}`,
    `--host=${publicHost}`,
    ...(isDurable ? ["--durable"] : []),
  ]);
  return {
    ...started,
    stop: async () => {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function origins(
  { base }: Origin,
  config: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(
    ["sms", "voice", "status"].map((name) => [
      name,
      { path: `/${name}`, url: `${base}/${name}`, ...config },
    ]),
  );
}

function running(started: Awaited<ReturnType<typeof startWorkerd>>): Running {
  return { port: started.plain.port, pids: [started.pid() ?? 0], stop: started.stop };
}

async function builtWorker(name: string): Promise<string> {
  if (name === "passthrough") return join(workers, "passthrough.js");
  const outDir = join(import.meta.dirname, "../../node_modules/.cache/hookswitch-bench");
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      outDir,
      emptyOutDir: false,
      target: "esnext",
      lib: { entry: join(workers, `${name}.ts`), formats: ["es"], fileName: name },
      rollupOptions: { external: [/^cloudflare:/] },
    },
  });
  return join(outDir, `${name}.js`);
}

async function startNode(file: string, parameters: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...parameters], {
    env: { ...ownEnv(), NODE_ENV: "production", NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [port] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => {
      throw new Error(`${file} ended before it listened`);
    }),
  ]);
  return { port: Number(port), pids: [child.pid ?? 0], stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

function hasNginx(): boolean {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
