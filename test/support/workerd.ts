import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { buildBundle } from "./bundle.ts";
import { eventually } from "./eventually.ts";
import { folderBytes, folderFiles, folderHolds } from "./folder-size.ts";
import { ownEnv } from "./own-env.ts";
import type { Listener } from "./raw-http.ts";
import { selfSigned } from "./self-signed.ts";

/** What a run of the Worker is given. */
export interface WorkerdOptions {
  /** The Worker's vars and secrets: text stays text, everything else is bound as JSON, `undefined` is left out. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Port of the server behind the KV binding `ANSWERS`; without one nothing is bound. */
  readonly kvPort?: number | undefined;
  /** Certificates, as PEM, that `fetch()` trusts. */
  readonly trusted?: readonly string[] | undefined;
  /** A ledger that is not as it should be, or tells what it is asked, or at another time; one of `ledgers/`. */
  readonly ledger?:
    | "another-time"
    | "cost"
    | "counting"
    | "cron"
    | "failing"
    | "filling"
    | "late-enqueue"
    | "lost-reply"
    | "slow"
    | "small"
    | "stalling"
    | "watched"
    | undefined;
  /** Where a debugger may connect, to profile it. */
  readonly inspectorPort?: number | undefined;
  /** Flags of V8, in place of none. */
  readonly v8Flags?: readonly string[] | undefined;
  /** A command that runs it and watches it, as valgrind does. */
  readonly under?: readonly string[] | undefined;
  /** Whether it is a Worker without a Durable Object class. */
  readonly isStateless?: boolean | undefined;
  /** Path of another release's bundle, in place of the one that these sources make. */
  readonly bundle?: string | undefined;
  /** Puts files of Durable Objects into a folder before the first start. */
  readonly fill?: ((folder: string) => Promise<void>) | undefined;
  /** What differs for a second Worker on the same ledger, as a deploy has two versions of one for a while. */
  readonly beside?: WorkerdOptions["vars"] | undefined;
}

/** `workerd serve` on the built bundle: the runtime itself, which keeps the bytes of URLs and dies when killed. */
export interface Workerd {
  readonly plain: Listener;
  readonly tls: Listener;
  /** Where the second Worker listens; the first one's `plain` where there is none. */
  readonly beside: Listener;
  /** What it wrote to stdout and stderr, over all its lives. */
  readonly lines: readonly string[];
  /** The lines of its console that are JSON objects. */
  readonly logLines: () => readonly Readonly<Record<string, unknown>>[];
  /** Folder of the Durable Objects' files. */
  readonly objects: string;
  /** Bytes on disk of the Durable Objects. */
  readonly storageBytes: () => Promise<number>;
  /** Whether a text stands anywhere in the files of the Durable Objects, as it is. */
  readonly storageHolds: (text: string) => Promise<boolean>;
  /** The files of the Durable Objects, by their names. */
  readonly storageFiles: () => Promise<readonly (readonly [name: string, content: Buffer])[]>;
  /** Of its process. */
  readonly pid: () => number | undefined;
  /** SIGKILL, at once. Storage and ports are kept for `start()`. */
  readonly kill: () => Promise<void>;
  /** With other vars and secrets in place of some of those before, and another release's bundle, where that is asked for. */
  readonly start: (vars?: WorkerdOptions["vars"], bundle?: string) => Promise<void>;
  /** Kills it and removes its storage. */
  readonly stop: () => Promise<void>;
}

const binary = join(import.meta.dirname, "../../node_modules/workerd/bin/workerd");
const ledgers = join(import.meta.dirname, "ledgers");
const wranglerToml = join(import.meta.dirname, "../../wrangler.toml");

/** Groups that must not outlive this process, whatever ends it. */
const alive = new Set<number>();
process.on("exit", () => {
  for (const pid of alive) {
    process.kill(-pid, "SIGKILL");
  }
});

/** Starts it on free ports with empty storage; resolves when it listens. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-"));
  const objects = join(folder, "objects");
  await mkdir(objects);
  await options.fill?.(objects);
  const ownBundle = options.bundle ?? (await buildBundle());
  const { privateKey, certificate } = selfSigned();
  const lines: string[] = [];
  const ports = { plain: 0, tls: 0, beside: 0 };
  let child: ChildProcess | undefined;

  async function start(vars: WorkerdOptions["vars"] = {}, bundle = ownBundle): Promise<void> {
    const files = { bundle: relative(folder, bundle), ledgers: relative(folder, ledgers), objects };
    const services = await describeServices(
      { ...options, vars: { ...options.vars, ...vars } },
      files,
    );
    const keypair = { privateKey, certificateChain: certificate };
    const config = {
      ...(options.v8Flags === undefined ? {} : { v8Flags: options.v8Flags }),
      services,
      sockets: [
        { name: "plain", address: `127.0.0.1:${ports.plain}`, http: {}, service: "worker" },
        {
          name: "tls",
          address: `127.0.0.1:${ports.tls}`,
          https: { options: {}, tlsOptions: { keypair } },
          service: "worker",
        },
        ...(options.beside === undefined
          ? []
          : [
              {
                name: "beside",
                address: `127.0.0.1:${ports.beside}`,
                http: {},
                service: "beside",
              },
            ]),
      ],
    };
    const configFile = join(folder, "config.capnp");
    await writeFile(
      configFile,
      `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${toCapnp(config)};\n`,
    );
    // Detached: the leader of a group of its own, so that killing the group leaves nothing behind.
    const inspector =
      options.inspectorPort === undefined
        ? []
        : [`--inspector-addr=127.0.0.1:${options.inspectorPort}`];
    const serve = [binary, "serve", configFile, "--control-fd=3", ...inspector];
    const [command = binary, ...parameters] = [...(options.under ?? []), ...serve];
    const started = spawn(command, parameters, {
      detached: true,
      env: ownEnv(),
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const { pid } = started;
    if (pid === undefined) {
      throw new Error(`Cannot start ${binary}`);
    }
    child = started;
    alive.add(pid);
    started.on("exit", () => alive.delete(pid));
    eachLine(started.stdout, (line) => lines.push(line));
    eachLine(started.stderr, (line) => {
      lines.push(line);
      if (!line.includes('"outcome"')) await0(line);
    });
    // workerd tells on this descriptor which ports it got: none is guessed, none is taken in between.
    const listening = new Map<string, number>();
    eachLine(started.stdio[3], (line) => {
      const event: { event: string; socket: string; port: number } = JSON.parse(line);
      if (event.event === "listen") {
        listening.set(event.socket, event.port);
      }
    });
    await eventually(
      "workerd listens",
      () => {
        if (started.exitCode !== null) {
          throw new Error(`workerd ended with ${started.exitCode}: ${lines.join("\n")}`);
        }
        return listening.size === config.sockets.length;
      },
      options.under === undefined ? undefined : 60_000,
    );
    ports.plain = listening.get("plain") ?? 0;
    ports.tls = listening.get("tls") ?? 0;
    ports.beside = listening.get("beside") ?? ports.plain;
  }

  async function kill(): Promise<void> {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const gone = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  await start();
  return {
    plain: { port: ports.plain },
    tls: { port: ports.tls, isTls: true },
    beside: { port: ports.beside },
    lines,
    logLines: () => lines.flatMap(parseObject),
    objects,
    storageBytes: () => folderBytes(objects),
    storageHolds: (text) => folderHolds(objects, text),
    storageFiles: () => folderFiles(objects),
    pid: () => child?.pid,
    kill,
    start,
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function describeServices(
  options: WorkerdOptions,
  files: { readonly bundle: string; readonly ledgers: string; readonly objects: string },
): Promise<readonly unknown[]> {
  const { compatibilityDate, compatibilityFlags } = compatibility(
    await readFile(wranglerToml, "utf8"),
  );
  const kv = options.kvPort;
  const bundle = { name: "index.js", esModule: { embed: files.bundle } };
  const worker = {
    // The first module is the entry; the others are there to be imported by it.
    modules:
      options.ledger === undefined
        ? [bundle]
        : [
            {
              name: `${options.ledger}.js`,
              esModule: { embed: join(files.ledgers, `${options.ledger}.js`) },
            },
            bundle,
          ],
    compatibilityDate,
    compatibilityFlags,
    bindings: bindingsOf(options, options.vars, { className: "Ledger" }),
    ...(options.isStateless === true
      ? {}
      : {
          durableObjectNamespaces: [{ className: "Ledger", uniqueKey: "Ledger", enableSql: true }],
          durableObjectStorage: { localDisk: "objects" },
        }),
  };
  const beside = options.beside && {
    modules: [bundle],
    compatibilityDate,
    compatibilityFlags,
    bindings: bindingsOf(
      options,
      { ...options.vars, ...options.beside },
      { className: "Ledger", serviceName: "worker" },
    ),
  };
  return [
    { name: "worker", worker },
    ...(beside === undefined ? [] : [{ name: "beside", worker: beside }]),
    { name: "objects", disk: { path: files.objects, writable: true } },
    {
      name: "internet",
      network: {
        // The tests' origins are on loopback, which workerd by itself lets nobody reach.
        allow: ["public", "private"],
        tlsOptions: { trustBrowserCas: true, trustedCertificates: options.trusted ?? [] },
      },
    },
    ...(kv === undefined
      ? []
      : [{ name: "kv", external: { address: `127.0.0.1:${kv}`, http: {} } }]),
  ];
}

function bindingsOf(
  { kvPort, isStateless }: WorkerdOptions,
  vars: WorkerdOptions["vars"],
  durableObjectNamespace: { readonly className: string; readonly serviceName?: string },
): readonly unknown[] {
  return [
    ...Object.entries(vars)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) =>
        typeof value === "string" ? { name, text: value } : { name, json: JSON.stringify(value) },
      ),
    ...(isStateless === true ? [] : [{ name: "LEDGER", durableObjectNamespace }]),
    ...(kvPort === undefined ? [] : [{ name: "ANSWERS", kvNamespace: "kv" }]),
  ];
}

/** What `wrangler.toml` says of the runtime: the bundle is to run under nothing else. */
function compatibility(toml: string): {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
} {
  const text = toml.replaceAll(/#.*/g, "");
  const date = /^compatibility_date = "(.*)"/m.exec(text)?.[1];
  const flags = /^compatibility_flags = \[([^\]]*)\]/m.exec(text)?.[1];
  if (date === undefined || flags === undefined) {
    throw new Error(`Cannot read ${wranglerToml}: expected compatibility_date and _flags`);
  }
  const names = [...flags.matchAll(/"([^"]*)"/g)].map(([, name]) => name ?? "");
  return { compatibilityDate: date, compatibilityFlags: names };
}

/** Cap'n Proto's text form: groups in parentheses, names without quotes. `{ embed: path }` is a file's content. */
function toCapnp(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(toCapnp).join(", ")}]`;
  }
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  const fields = Object.entries(value);
  if (fields[0]?.[0] === "embed") {
    return `embed ${JSON.stringify(fields[0][1])}`;
  }
  return `(${fields.map(([name, inner]) => `${name} = ${toCapnp(inner)}`).join(", ")})`;
}

function eachLine(stream: unknown, work: (line: string) => void): void {
  if (!(stream instanceof Readable)) {
    throw new TypeError("Cannot read from workerd: expected a pipe");
  }
  createInterface({ input: stream }).on("line", work);
}

function parseObject(line: string): Readonly<Record<string, unknown>>[] {
  return line.startsWith("{") ? [JSON.parse(line)] : [];
}
import { appendFileSync } from "node:fs";
let shown = 0;
function await0(line: string): void {
  if (shown++ < 40000) appendFileSync("/tmp/wd.log", line.slice(0, 700) + "\n");
}
