import { createHash, createHmac } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { DatabaseSync } from "node:sqlite";
import type { RawResponse } from "../support/raw-http.ts";
import type { SentWebhook } from "../support/sign.ts";

/** What the releases here can do, as far as a test has to know. */
export interface Release {
  /** Its folder's name. */
  readonly commit: string;
  /** Path of its bundle. */
  readonly bundle: string;
  readonly hasQueue: boolean;
}

/** A webhook as it was sent when a ledger's file was made, and what came of it. */
export interface SentBefore {
  /** What it stands for. */
  readonly what: string;
  /** Its body in base64. */
  readonly webhook: Omit<SentWebhook, "body"> & { readonly body: string };
  /** The answer, but for what Hookswitch says of that very delivery; `undefined` when it was cut off. */
  readonly answer: Content | undefined;
  /** `undefined` when no delivery was named. */
  readonly id: string | undefined;
}

/** An answer's own content. */
export interface Content {
  readonly status: number;
  readonly headers: RawResponse["headers"];
  /** Base64. */
  readonly body: string;
}

/** A delivery as the API tells it. */
export type Told = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly outcome: string;
};

/** What is kept beside a ledger's file: what its own release said, right before it was ended. */
export interface Said {
  /** Epoch ms. */
  readonly takenAtMs: number;
  readonly sent: readonly SentBefore[];
  /** `GET /_log/deliveries`. */
  readonly list: readonly Told[];
  /** `GET /_log/deliveries/:id?unmask=1` of each. */
  readonly details: readonly Told[];
  /** `GET /_log/health`: what was counted on its last day. */
  readonly today: readonly unknown[];
  /** Ids that `POST /_log/search` found by the sender's number; `undefined` for a release that finds none. */
  readonly byNumber: readonly string[] | undefined;
}

/** What `LOG_KEY` is where a ledger is sealed. */
export const logKey = "n2Vq8Zt4Xw6Ls0Rb3Yk7Hc1Md5Gf9JpE";
/** Also lets in what changes something. */
export const adminToken = "admin-token-of-the-ledger-files-0123456789";
const folder = import.meta.dirname;
/** `uniqueKey` of the Durable Objects in `support/workerd.ts`. */
const namespace = "Ledger";
/** What is kept, and what workerd calls it: the first shard, and when the alarms are set for. */
const names = { "ledger.sqlite.gz": fileOf("0"), "alarms.sqlite.gz": "metadata.sqlite" } as const;

/** The origins that every file here was made with, given the origin's base URL. */
export function origins(
  base: string,
  { hasQueue }: Pick<Release, "hasQueue">,
): Record<string, unknown> {
  const dedupe = { ttl: 86_400 };
  return {
    all: { path: "/all/*", url: `${base}/all/*`, dedupe },
    safe: {
      path: "/safe/*",
      url: `${base}/safe/*#rc=1&rp=5xx`,
      fallback_twiml: "<Response><Message>Later.</Message></Response>",
    },
    observed: { path: "/observed/*", url: `${base}/observed/*`, verify: "observe" },
    ...(hasQueue
      ? {
          queued: {
            path: "/queued/*",
            url: `${base}/queued/*`,
            mode: "queue",
            retry: { schedule: [3_600], hours: 240 },
            dedupe,
          },
        }
      : {}),
  };
}

/** The variable that sets the clock of `ledgers/another-time.js` to an instant (epoch ms), as of now. */
export function clockAt(atMs: number): { readonly CLOCK_OFFSET_MS: string } {
  return { CLOCK_OFFSET_MS: String(atMs - Date.now()) };
}

/** An answer but for what Hookswitch says of that very delivery. */
export function contentOf({ status, headers, body }: RawResponse): Content {
  return {
    status,
    headers: headers.filter(([name]) => !/^(?:hookswitch-|server-timing$)/i.test(name)),
    body: body.toString("base64"),
  };
}

/** A release that is kept. */
export async function releaseOf(commit: string): Promise<Release> {
  const text = await readFile(join(folder, commit, "release.json"), "utf8");
  const { hasQueue }: Pick<Release, "hasQueue"> = JSON.parse(text);
  return { commit, bundle: join(folder, commit, "index.js"), hasQueue };
}

/** Keeps a release: its bundle without the way to a source map that is not kept. */
export async function keepRelease({ commit, bundle, hasQueue }: Release): Promise<Release> {
  const text = await readFile(bundle, "utf8");
  const paths = [
    dirname(resolve(bundle)),
    resolve(folder, "../.."),
    homedir(),
    tmpdir(),
    "file://",
  ];
  const found = paths.find((path) => text.includes(path));
  if (found !== undefined) throw new Error(`Cannot keep ${bundle}: it names a path, ${found}`);
  await mkdir(join(folder, commit), { recursive: true });
  await writeFile(join(folder, commit, "index.js"), text.replace(/^\/\/# sourceMapping.*\n/m, ""));
  await writeFile(
    join(folder, commit, "release.json"),
    `${JSON.stringify({ hasQueue }, undefined, 2)}\n`,
  );
  return releaseOf(commit);
}

/** What is kept beside a ledger's file. */
export async function readSaid(file: string): Promise<Said> {
  return JSON.parse(await readFile(join(folder, file, "said.json"), "utf8"));
}

/** Puts a ledger's file in its place in a folder of Durable Objects. */
export async function putLedger(file: string, objects: string): Promise<void> {
  await mkdir(join(objects, namespace), { recursive: true });
  for (const [kept, name] of Object.entries(names)) {
    const bytes = gunzipSync(await readFile(join(folder, file, kept)));
    await writeFile(join(objects, namespace, name), bytes);
  }
}

/** Keeps the ledger in a folder of Durable Objects whose process has ended, and what was said of it. */
export async function keepLedger(file: string, objects: string, said: Said): Promise<void> {
  await mkdir(join(folder, file), { recursive: true });
  for (const [kept, name] of Object.entries(names)) {
    const path = join(objects, namespace, name);
    const database = new DatabaseSync(path);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    await writeFile(join(folder, file, kept), gzipSync(await readFile(path), { level: 9 }));
  }
  await writeFile(join(folder, file, "said.json"), inLines(said));
}

/** JSON with a line for each thing that was said. */
function inLines(said: Said): string {
  const known = Object.entries(said).filter(([, value]) => value !== undefined);
  const lines = known.map(([name, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((each) => `    ${JSON.stringify(each)}`).join(",\n")}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** The file of an object as workerd names it: after its namespace's key and its own name. */
function fileOf(name: string): string {
  const key = createHash("sha256").update(namespace).digest();
  const short = (data: string | Buffer): Buffer =>
    createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const id = Buffer.concat([short(name), short(short(name))]);
  return `${id.toString("hex")}.sqlite`;
}
