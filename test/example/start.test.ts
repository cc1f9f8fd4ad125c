import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { printable } from "../../example/webhook-line.ts";
import { eventually } from "../support/eventually.ts";
import { close, closedPort, listen } from "../support/loopback.ts";
import { ownEnv } from "../support/own-env.ts";

const project = join(import.meta.dirname, "../..");

/** `npm start` as somebody would run it, in a process group of its own. */
interface Started {
  readonly pid: number;
  /** Standard output and standard error so far. */
  readonly printed: () => string;
  /** Resolves with the exit code, `null` after a signal. */
  readonly ended: Promise<number | null>;
}

let folder: string;
let port: number;
let appPort: number;
let running: Started;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-start-"));
  await writeFile(join(folder, "wrangler.toml"), await shippedConfiguration());
  port = await closedPort();
  appPort = await closedPort();
  running = await startedUp();
});

afterAll(async () => {
  killGroup(running.pid, "SIGKILL");
  await rm(folder, { recursive: true });
});

/** The shipped wrangler.toml, for another folder. */
async function shippedConfiguration(): Promise<string> {
  const shipped = await readFile(join(project, "wrangler.toml"), "utf8");
  return shipped
    .replace('main = "src/', `main = "${project}/src/`)
    .replace('"dist/page"', `"${project}/dist/page"`);
}

function npmStart(...more: readonly string[]): Started {
  return npmStartWith({}, ...more);
}

function npmStartWith(
  secrets: Readonly<Record<string, string>>,
  ...more: readonly string[]
): Started {
  const flags = ["--port", port, "--app-port", appPort].map(String);
  const files = ["--config", join(folder, "wrangler.toml"), "--state", join(folder, "state")];
  // Its own group: the runtime's processes are children of children.
  const child: ChildProcess = spawn("npm", ["start", "--", ...flags, ...files, ...more], {
    cwd: project,
    detached: true,
    env: ownEnv(secrets),
  });
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  return { pid: child.pid ?? 0, printed: () => printed, ended };
}

async function startedUp(): Promise<Started> {
  const started = npmStart();
  let hasEnded = false;
  void started.ended.then(() => (hasEnded = true));
  await eventually(
    "npm start to be ready",
    () => {
      if (hasEnded) throw new Error(started.printed());
      return started.printed().includes("Webhooks as they come in");
    },
    50_000,
  );
  return started;
}

/** `kill(0)` would be this process's own group. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Ended {
  readonly exitCode: number;
  readonly out: string;
}

/** Runs a line of shell in the project's folder. */
function shell(line: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile("sh", ["-c", line], { cwd: project, env: ownEnv() }, (error, out) => {
    resolve({ exitCode: error === null ? 0 : Number(error.code), out });
  });
  return promise;
}

interface SentWebhook {
  readonly exitCode: number;
  readonly status: number;
  readonly body: string;
  readonly deliveryId: string | null;
}

/** Sends a webhook with the secrets that `npm start` has written. */
function send(product: string, path: string, ...flags: readonly string[]): Promise<SentWebhook> {
  const { promise, resolve, reject } = Promise.withResolvers<SentWebhook>();
  const command = join(project, "bin/hookswitch.mjs");
  const args = [command, "send", product, `http://127.0.0.1:${port}${path}`, "--json", ...flags];
  execFile(process.execPath, args, { cwd: folder, env: ownEnv() }, (error, out, err) => {
    if (out === "") return reject(new Error(err));
    const { answers }: { answers: [SentWebhook] } = JSON.parse(out);
    resolve({ ...answers[0], exitCode: error === null ? 0 : Number(error.code) });
  });
  return promise;
}

async function secret(name: string): Promise<string> {
  const secrets = await readFile(join(folder, ".dev.vars"), "utf8");
  return new RegExp(`^${name}=(.*)$`, "mu").exec(secrets)?.[1] ?? "";
}

/** What a line that was printed under a heading says to run. */
function printedLines(heading: string): readonly string[] {
  const [, after = ""] = running.printed().split(`  # ${heading}`);
  const [, ...lines] = after.split("\n");
  return lines.slice(0, lines.indexOf("")).map((line) => line.trim());
}

test("npm start writes random secrets where there are none, for their owner only", async () => {
  expect(running.printed()).toContain("written just now, random");
  expect(await secret("TWILIO_AUTH_TOKEN")).toMatch(/^[\da-f]{32}$/u);
  expect(await secret("LOG_TOKEN")).toMatch(/^[\w-]{43}$/u);
  expect(await secret("LOG_ADMIN_TOKEN")).toMatch(/^[\w-]{43}$/u);
  expect(await secret("LOG_KEY")).toMatch(/^[\w-]{43}$/u);
  expect((await stat(join(folder, ".dev.vars"))).mode & 0o777).toBe(0o600);
});

test("npm start tells where all listen and where each origin leads", () => {
  expect(running.printed()).toContain(`Hookswitch    http://127.0.0.1:${port}\n`);
  expect(running.printed()).toContain(`Application   http://127.0.0.1:${appPort} `);
  expect(running.printed()).toMatch(
    new RegExp(String.raw`sms +/sms +-> http://127\.0\.0\.1:${appPort}/sms +else fixed TwiML`, "u"),
  );
});

test("the printed lines do what they say: a message, the same again, a forged one", async () => {
  const [message = ""] = printedLines("a message, signed as Twilio does");
  const first = await shell(message);
  expect(first).toMatchObject({ exitCode: 0, out: expect.stringContaining("You said: Hello") });
  const [same = ""] = printedLines("the same again");
  const again = await shell(same);
  expect(again.exitCode).toBe(0);
  expect(again.out.split("\n").at(-2)).toBe(first.out.split("\n").at(-2));
  const [forged = ""] = printedLines("a forged one");
  expect(await shell(forged)).toMatchObject({
    exitCode: 1,
    out: expect.stringContaining("403 Forbidden"),
  });
});

test("a webhook that differs reaches the application, one that is the same does not", async () => {
  const [, before] =
    /message (\d+)/u.exec((await send("sms", "/sms", "--token-id", "a")).body) ?? [];
  const [, same] = /message (\d+)/u.exec((await send("sms", "/sms", "--token-id", "a")).body) ?? [];
  const [, after] =
    /message (\d+)/u.exec((await send("sms", "/sms", "--token-id", "b")).body) ?? [];
  expect(same).toBe(before);
  expect(Number(after)).toBe(Number(before) + 1);
});

for (const [product, path, ...flags] of [
  ["sms", "/sms", "--get"],
  ["sms", "/sms?team=a%20b", "--body", "grüß 👋"],
  ["voice", "/voice"],
  ["voice", "/voice/menu", "--param", "Digits=1"],
  ["status", "/status"],
  ["status", "/status", "--get"],
  ["json", "/events"],
] as const) {
  test(`npm's twilio takes what is forwarded: ${[product, path, ...flags].join(" ")}`, async () => {
    expect(await send(product, path, ...flags)).toMatchObject({ exitCode: 0 });
  });
}

test("the application takes nothing that is not signed for it", async () => {
  const response = await fetch(`http://127.0.0.1:${appPort}/sms`, {
    method: "POST",
    headers: { "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
    body: new URLSearchParams({ Body: "Hello" }),
  });
  expect(response.status).toBe(403);
});

test("while the application is down the fallback answers, and then it is up again", async () => {
  await fetch(`http://127.0.0.1:${appPort}/_off?seconds=3`, { method: "POST" });
  await expect(fetch(`http://127.0.0.1:${appPort}/sms`)).rejects.toThrow("fetch failed");
  expect(await send("sms", "/sms")).toMatchObject({
    exitCode: 0,
    body: expect.stringContaining("We have your message"),
  });
  expect(await send("json", "/events")).toMatchObject({ exitCode: 1, status: 502 });
  await eventually("the application to be up again", async () => {
    const { body } = await send("sms", "/sms");
    return body.includes("You said:");
  });
});

test.skipIf(!existsSync("/usr/bin/curl"))(
  "the printed lines do what they say: the queue grows while the application fails, and drains",
  async () => {
    const [fail = "", three = ""] = printedLines("three that the application does not take");
    expect((await shell(fail)).out).toContain("503");
    const sent = await shell(three);
    expect(sent.out.match(/200 OK/g)?.length).toBe(3);
    const [waiting = ""] = printedLines("what waits, and for what");
    await eventually("all three wait", async () => {
      const {
        deliveries,
      }: { deliveries: { next_attempt_at: string | null; error: string | null }[] } = JSON.parse(
        (await shell(waiting)).out,
      );
      const waits = deliveries.filter((each) => each.next_attempt_at !== null);
      return waits.length === 3 && waits.every(({ error }) => error === "Error response code");
    });
    const [mend = ""] = printedLines("mended");
    await shell(mend);
    await eventually(
      "they are delivered",
      async () => JSON.parse((await shell(waiting)).out).deliveries.length === 0,
      40_000,
    );
  },
);

test("the log lists what happened to each webhook, to who has its token", async () => {
  const { deliveryId } = await send("sms", "/sms", "--body", "for the log");
  const headers = { Authorization: `Bearer ${await secret("LOG_TOKEN")}` };
  const url = `http://127.0.0.1:${port}/_log/deliveries`;
  await eventually("the delivery to be in the log", async () => {
    const text = await (await fetch(url, { headers })).text();
    return (
      ["answered", "duplicate", "refused", "fell_back", "failed"].every((outcome) =>
        text.includes(`"${outcome}"`),
      ) && text.includes(String(deliveryId))
    );
  });
  expect((await fetch(url)).status).toBe(401);
});

test.skipIf(!existsSync("/usr/bin/curl"))("the printed log queries work as they are", async () => {
  for (const line of printedLines("the log")) {
    const { exitCode, out } = await shell(line);
    expect(exitCode, line).toBe(0);
    expect(out, line).not.toContain("unauthorized");
    expect(() => JSON.parse(out) as unknown, line).not.toThrow();
  }
});

test("each webhook is one line while it runs", async () => {
  const { deliveryId } = await send("voice", "/voice");
  const line = await eventually("its line", () =>
    running
      .printed()
      .split("\n")
      .find((text) => text.includes(String(deliveryId))),
  );
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d {2}200 answered +voice +POST \/voice +\d+ ms {2}1 attempt /u,
  );
});

test("printable() leaves what is no webhook's line as it is", () => {
  for (const message of ["hello", '{"lost":"a settlement"}', "{", "null"]) {
    expect(printable({ timestamp: 0, level: "log", message })).toBe(message);
  }
});

test("npm start ends with one line when a port is in use", async () => {
  const server = createServer();
  const taken = String(await listen(server));
  const free = String(await closedPort());
  for (const [flags, flag] of [
    [["--port", taken, "--app-port", free], "--port"],
    [["--port", free, "--app-port", taken], "--app-port"],
  ] as const) {
    const started = npmStart(...flags);
    expect(await started.ended).toBe(1);
    expect(ownLines(started)).toEqual([
      `port ${taken} is in use: choose another with npm start -- ${flag} <n>`,
    ]);
  }
  await close(server);
});

test("npm start tells of both ports at once, and what has them as a rule", async () => {
  const started = npmStart(); // beside the one that runs
  expect(await started.ended).toBe(1);
  expect(ownLines(started)).toEqual([
    `port ${port} is in use: choose another with npm start -- --port <n>`,
    `port ${appPort} is in use: choose another with npm start -- --app-port <n>`,
    "is npm start running already? End it, or give this one a --state <folder> of its own, too",
  ]);
});

test("npm start tells every problem of the configuration in a line, and starts nothing", async () => {
  const broken = await mkdtemp(join(folder, "broken-"));
  const config = join(broken, "wrangler.toml");
  const shipped = await shippedConfiguration();
  await writeFile(
    config,
    shipped.replace('path = "/sms"', 'path = "sms"').replace('path = "/status"', 'pth = "/status"'),
  );
  await writeFile(join(broken, ".dev.vars"), "LOG_TOKEN=short\n");
  const started = npmStart("--config", config, "--port", String(await closedPort()));
  expect(await started.ended).toBe(1);
  const keys = ownLines(started).map((line) => line.slice(0, line.indexOf(":")));
  expect(keys.toSorted()).toEqual([
    "LOG_TOKEN",
    "ORIGINS.sms.path",
    "ORIGINS.status.path",
    "ORIGINS.status.pth",
    "TWILIO_AUTH_TOKEN",
  ]);
});

test("npm start says which secrets it takes from the environment, and never what they are", async () => {
  const config = join(folder, "wrangler.toml");
  const started = npmStartWith(
    { LOG_TOKEN: "from-the-environment", UNRELATED: "x" },
    "--config",
    config,
    "--port",
    String(await closedPort()),
  );
  expect(await started.ended).toBe(1);
  expect(ownLines(started)).toEqual([
    "LOG_TOKEN: expected 32 random characters or more, found 20",
    "taken from the environment, which wins over .dev.vars: LOG_TOKEN",
  ]);
});

for (const [what, flags, line] of [
  ["a file that is not there", ["--config", "/nowhere/wrangler.toml"], "/nowhere/wrangler.toml"],
  ["a flag that is not known", ["--prot", "1"], "--prot"],
  ["a port that is none", ["--port", "http"], "--port: expected a port"],
] as const) {
  test(`npm start with ${what} is one line`, async () => {
    const started = npmStart(...flags);
    expect(await started.ended).toBe(1);
    expect(ownLines(started)).toEqual([expect.stringContaining(line)]);
  });
}

/** What was printed, without npm's own talk. */
function ownLines(started: Started): readonly string[] {
  return started
    .printed()
    .split("\n")
    .filter((line) => line !== "" && !/^(npm |> )/u.test(line));
}

test("Ctrl-C ends every process, and what was stored is there the next time", async () => {
  const first = await send("sms", "/sms", "--token-id", "kept");
  await eventually("its record to be stored", async () => {
    const headers = { Authorization: `Bearer ${await secret("LOG_TOKEN")}` };
    const url = `http://127.0.0.1:${port}/_log/deliveries/${first.deliveryId}`;
    return (await fetch(url, { headers })).status === 200;
  });
  killGroup(running.pid, "SIGINT");
  await running.ended;
  await eventually("the whole group to be gone", () => !isGroupAlive(running.pid));

  running = await startedUp();
  expect(running.printed()).not.toContain("written just now");
  // The application counts from one again: only the stored answer has the old number.
  expect((await send("sms", "/sms", "--token-id", "kept")).body).toBe(first.body);
  expect((await send("sms", "/sms", "--token-id", "new")).body).toContain("message 1 ");
});
